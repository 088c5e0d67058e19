// Where rows go as a file: what parameters say of it, the formats, packing, the digest.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/batch.hpp"
#include "services/tasks/handlers/data/checked_object.hpp"
#include "services/tasks/handlers/data/dataset.hpp"
#include "services/tasks/handlers/data/scratch_space.hpp"

namespace esm::tasks::data {

enum class packing : std::uint8_t { none, gzip, zstd };

struct output_options {
    data_format format{data_format::ndjson};
    std::string name;  // of the artifact
    packing compression{packing::none};
    // CSV: a text that a spreadsheet would take for a formula (begins with = + - @ tab or CR) gets an
    // apostrophe before it (OWASP, "CSV injection").
    bool escapes_formulas{true};

    std::string_view media_type() const;
};

// The member "output", with a name made of `stem` where it has none; nothing where there is no such member.
std::optional<output_options> read_output(checked_object& from, bool required, std::string_view stem);
output_options default_output(std::string_view stem);

// Writes rows as text.
class row_format {
public:
    virtual ~row_format() = default;
    virtual void begin(std::string& out) = 0;
    virtual void row(std::string& out, const batch& rows, std::size_t row) = 0;
    virtual void end(std::string& out) = 0;
};
// `slots` are the columns' places in the batches.
std::unique_ptr<row_format> make_row_format(
    const output_options& options,
    const std::vector<std::string>& columns,
    const std::vector<std::size_t>& slots
);

// A file that is written once. Throws std::system_error where the disk fails.
class output_file {
public:
    virtual ~output_file() = default;
    virtual checked<void> write(std::string_view text) = 0;
    // After the last write.
    virtual checked<void> close() = 0;
    virtual const std::filesystem::path& path() const = 0;
    // After close: of the file as it is, packed.
    virtual std::uint64_t bytes() const = 0;
    virtual std::string sha256() const = 0;
};
std::unique_ptr<output_file> make_output_file(packing compression, scratch_space& space);

}  // namespace esm::tasks::data
