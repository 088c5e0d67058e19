// The options and formats of output.hpp.
#include "services/tasks/handlers/data/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/base/json_text.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::size_t name_max_length = 128;
constexpr std::array<std::string_view, 3> format_endings{"csv", "json", "ndjson"};
constexpr std::array<std::string_view, 3> packing_endings{"", ".gz", ".zst"};

bool is_file_name(std::string_view name) {
    const auto fits = [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
               each == '.' || each == '_' || each == '-';
    };
    return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), fits);
}

std::string made_name(std::string_view stem, const output_options& of) {
    return fmt::format(
        "{}.{}{}",
        stem,
        format_endings[static_cast<std::size_t>(of.format)],
        packing_endings[static_cast<std::size_t>(of.compression)]
    );
}

class csv_format final : public row_format {
public:
    csv_format(
        const std::vector<std::string>& columns, const std::vector<std::size_t>& slots, bool escapes_formulas
    )
        : columns_(columns), slots_(slots), escapes_formulas_(escapes_formulas) {}

    void begin(std::string& out) override {
        if (columns_.empty()) return;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i > 0) out += ',';
            append_text(out, columns_[i], false);
        }
        out += '\n';
    }
    void row(std::string& out, const batch& rows, std::size_t row) override {
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (i > 0) out += ',';
            const auto& given = rows.columns[slots_[i]][row];
            if (given.is_text()) {
                append_text(out, given.text(), !given.is_json());
            } else {
                append_plain(out, given);
            }
        }
        out += '\n';
    }
    void end(std::string&) override {}

private:
    // `stays_text`: quoted where it would read as a number or as nothing otherwise.
    void append_text(std::string& out, std::string_view text, bool stays_text) const {
        constexpr std::string_view formula_begins = "=+-@\t\r";
        constexpr std::string_view quoted_for = ",\"\n\r";
        const bool is_formula =
            escapes_formulas_ && !text.empty() && formula_begins.find(text.front()) != std::string_view::npos;
        const bool quoted = text.find_first_of(quoted_for) != std::string_view::npos ||
                            (stays_text && !is_formula && (text.empty() || parse_number(text)));
        if (quoted) out += '"';
        if (is_formula) out += '\'';
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('"', at), text.size() - 1) + 1;
            out.append(text, at, end - at);
            if (text[end - 1] == '"') out += '"';
            at = end;
        }
        if (quoted) out += '"';
    }

    const std::vector<std::string> columns_;
    const std::vector<std::size_t> slots_;
    const bool escapes_formulas_;
};

class json_format final : public row_format {
public:
    json_format(const std::vector<std::string>& columns, const std::vector<std::size_t>& slots, bool is_array)
        : slots_(slots), is_array_(is_array) {
        for (const auto& name : columns) {
            json::append_string(keys_.emplace_back(), name);
            keys_.back() += ':';
        }
    }

    void begin(std::string& out) override {
        if (is_array_) out += '[';
    }
    void row(std::string& out, const batch& rows, std::size_t row) override {
        if (is_array_) out += is_first_ ? "\n" : ",\n";
        is_first_ = false;
        out += '{';
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            if (i > 0) out += ',';
            out += keys_[i];
            append_cell(out, rows.columns[slots_[i]][row]);
        }
        out += '}';
        if (!is_array_) out += '\n';
    }
    void end(std::string& out) override {
        if (is_array_) out += "\n]\n";
    }

private:
    const std::vector<std::size_t> slots_;
    const bool is_array_;
    std::vector<std::string> keys_;
    bool is_first_{true};
};

}  // namespace

std::string_view output_options::media_type() const {
    constexpr std::array<std::string_view, 3> plain{"text/csv", "application/json", "application/x-ndjson"};
    if (compression == packing::gzip) return "application/gzip";
    if (compression == packing::zstd) return "application/zstd";
    return plain[static_cast<std::size_t>(format)];
}

output_options default_output(std::string_view stem) {
    output_options made;
    made.name = made_name(stem, made);
    return made;
}

std::optional<output_options> read_output(checked_object& from, bool required, std::string_view stem) {
    const auto* given = from.member("output", required);
    if (!given) return std::nullopt;
    if (!given->is_object()) {
        from.reject("output", "wrong_type", "must be an object");
        return std::nullopt;
    }
    checked_object output(given->get_object(), from.pointer_to("output"), from.problems());
    output.only({"format", "name", "compression", "formulas"});
    output_options read;
    read.format = static_cast<data_format>(output.choice("format", true, {"csv", "json", "ndjson"}));
    if (output.member("compression", false)) {
        read.compression = static_cast<packing>(1 + output.choice("compression", false, {"gzip", "zstd"}));
    }
    read.escapes_formulas = output.choice("formulas", false, {"escape", "keep"}) == 0;
    read.name = output.text("name", false, name_max_length);
    if (read.name.empty()) {
        read.name = made_name(stem, read);
    } else if (!is_file_name(read.name)) {
        output.reject(
            "name",
            "pattern",
            "must have letters, digits, dots, hyphens and underscores only, no dot at its begin"
        );
    }
    return read;
}

std::unique_ptr<row_format> make_row_format(
    const output_options& options,
    const std::vector<std::string>& columns,
    const std::vector<std::size_t>& slots
) {
    if (options.format == data_format::csv) {
        return std::make_unique<csv_format>(columns, slots, options.escapes_formulas);
    }
    return std::make_unique<json_format>(columns, slots, options.format == data_format::json);
}

}  // namespace esm::tasks::data
