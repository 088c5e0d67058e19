// See row_file.hpp. A row is the length of what follows in four bytes, then its cells; a cell is its kind in
// one byte, then its value, texts behind their length. Read by the process that wrote it, so in its own byte
// order.
#include "services/tasks/handlers/report_generation/row_file.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace esm::tasks::report_generation {

namespace {

template <class Value>
void append_raw(std::string& to, Value value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    to.append(bytes, sizeof value);
}

template <class Value>
Value take_raw(std::string_view& from) {
    Value value{};
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return value;
}

}  // namespace

void append_encoded(std::string& to, const cell& added) {
    to += static_cast<char>(added.type());
    switch (added.type()) {
        case data::cell_type::null:
            break;
        case data::cell_type::boolean:
            to += static_cast<char>(added.boolean());
            break;
        case data::cell_type::whole:
            append_raw(to, added.whole());
            break;
        case data::cell_type::real:
            append_raw(to, added.real());
            break;
        case data::cell_type::text:
            append_raw(to, static_cast<std::uint32_t>(added.text().size()));
            to += added.text();
    }
}

cell take_encoded(std::string_view& from) {
    const auto type = static_cast<data::cell_type>(take_raw<char>(from));
    switch (type) {
        case data::cell_type::boolean:
            return cell(take_raw<char>(from) != 0);
        case data::cell_type::whole:
            return cell(take_raw<std::int64_t>(from));
        case data::cell_type::real:
            return cell(take_raw<double>(from));
        case data::cell_type::text: {
            const auto size = take_raw<std::uint32_t>(from);
            const cell text(from.substr(0, size));
            from.remove_prefix(size);
            return text;
        }
        default:
            return {};
    }
}

row_writer::row_writer(std::filesystem::path path)
    : made_{std::move(path), 0}, to_(made_.path, std::ios::binary | std::ios::trunc) {
    if (!to_) throw std::runtime_error(fmt::format("{} cannot be written", made_.path.string()));
}

void row_writer::append(const std::vector<cell>& row) {
    encoded_.clear();
    append_raw(encoded_, std::uint32_t{0});
    for (const auto& each : row) append_encoded(encoded_, each);
    const auto size = static_cast<std::uint32_t>(encoded_.size() - sizeof(std::uint32_t));
    std::memcpy(encoded_.data(), &size, sizeof size);
    to_.write(encoded_.data(), static_cast<std::streamsize>(encoded_.size()));
    if (!to_)
        throw std::runtime_error(fmt::format("{} cannot be written: the disk is full", made_.path.string()));
    ++made_.rows;
}

row_file row_writer::finish() {
    to_.close();
    if (!to_)
        throw std::runtime_error(fmt::format("{} cannot be written: the disk is full", made_.path.string()));
    return made_;
}

row_reader::row_reader(const row_file& from) : from_(from), stream_(from.path, std::ios::binary) {
    if (!stream_) throw std::runtime_error(fmt::format("{} cannot be read", from.path.string()));
}

bool row_reader::next(std::vector<cell>& row) {
    row.clear();
    if (read_ == from_.rows) return false;
    std::uint32_t size = 0;
    stream_.read(reinterpret_cast<char*>(&size), sizeof size);
    encoded_.resize(stream_ ? size : 0);
    stream_.read(encoded_.data(), static_cast<std::streamsize>(encoded_.size()));
    if (!stream_) throw std::runtime_error(fmt::format("{} ends too early", from_.path.string()));
    ++read_;
    for (std::string_view rest = encoded_; !rest.empty();) row.push_back(take_encoded(rest));
    return true;
}

}  // namespace esm::tasks::report_generation
