// See dataset.hpp.
#include "services/tasks/handlers/data/dataset.hpp"

#include <fmt/format.h>

#include <array>

#include "platform/base/json_text.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::int64_t first_id = 1000;
constexpr std::size_t artifact_name_max_length = 255;
constexpr std::size_t problems_max = 50;  // of one kind of thing: the answer stays readable
constexpr std::array<std::string_view, 3> format_names{"csv", "json", "ndjson"};
constexpr std::string_view cell_rule = "must be a text, a number, true, false or null";

void check_rows(checked_object& from, const bj::array& rows) {
    const auto before = from.problems().size();
    for (std::size_t i = 0; i < rows.size() && from.problems().size() < before + problems_max; ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("rows"), i);
        if (!rows[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        const auto& row = rows[i].get_object();
        if (row.size() > inline_columns_max) {
            from.problems().push_back(
                {at, "item_count", fmt::format("has more than {} columns", inline_columns_max)}
            );
        }
        for (const auto& member : row) {
            if (cell_of(member.value())) continue;
            from.problems().push_back(
                {at + "/" + json::pointer_token(member.key()), "wrong_type", std::string(cell_rule)}
            );
        }
    }
}

file_reference read_reference(checked_object& from) {
    from.only({"fileId", "taskId", "artifact"});
    file_reference read;
    constexpr auto last = std::numeric_limits<std::int64_t>::max();
    if (from.member("fileId", false)) {
        read.file_id = from.integer("fileId", first_id, last);
        for (const auto* other : {"taskId", "artifact"}) {
            if (from.member(other, false)) from.reject(other, "not_allowed", "does not go with fileId");
        }
        return read;
    }
    if (!from.member("taskId", false) && !from.member("artifact", false)) {
        from.reject("fileId", "required", "is required, or taskId and artifact");
        return read;
    }
    read.task_id = from.integer("taskId", first_id, last);
    read.artifact = from.text("artifact", true, artifact_name_max_length);
    return read;
}

void read_source(checked_object& from, const bj::value& source, dataset& into) {
    if (!source.is_object()) return from.reject("source", "wrong_type", "must be an object");
    checked_object reference(source.get_object(), from.pointer_to("source"), from.problems());
    into.file = read_reference(reference);
    if (from.member("format", false)) {
        into.format = static_cast<data_format>(from.choice("format", false, {"csv", "json", "ndjson"}));
    }
    for (const auto* other : {"rows", "csv", "ndjson"}) {
        if (from.member(other, false)) from.reject(other, "not_allowed", "does not go with source");
    }
}

void read_inline(checked_object& from, dataset& into) {
    const auto format = static_cast<data_format>(from.choice("format", true, {"csv", "json", "ndjson"}));
    const auto wanted = format == data_format::json ? "rows" : name_of(format);
    // Where the format is missing or wrong it says so, and rows are looked for.
    const auto* given = from.member("format", false);
    const bool known = given && given->is_string() && name_of(format) == given->get_string();
    into.format = known ? format : data_format::json;
    const auto member = known ? wanted : "rows";
    for (const std::string_view other : {"rows", "csv", "ndjson"}) {
        if (other != member && from.member(other, false)) {
            from.reject(other, "not_allowed", "does not go with this format");
        }
    }
    if (member == "rows") {
        into.rows = from.array("rows", true, 0, inline_rows_max);
        if (into.rows) check_rows(from, *into.rows);
    } else if (const auto* text = from.member(member, true)) {
        if (text->is_string() && !text->get_string().empty()) {
            into.text = text->get_string();
        } else {
            from.reject(member, "wrong_type", "must be a text that is not empty");
        }
    }
}

}  // namespace

std::string_view name_of(data_format format) {
    return format_names[static_cast<std::size_t>(format)];
}

dataset read_dataset(checked_object& from) {
    dataset read;
    if (const auto* source = from.member("source", false)) {
        read_source(from, *source, read);
    } else {
        read_inline(from, read);
    }
    constexpr std::string_view delimiters = ",;\t|";
    read.delimiter = delimiters[from.choice("delimiter", false, {",", ";", "\t", "|"})];
    const bool is_csv = !read.format || *read.format == data_format::csv;
    if (from.member("delimiter", false) && !is_csv) {
        from.reject("delimiter", "not_allowed", "does not go with this format");
    }
    return read;
}

}  // namespace esm::tasks::data
