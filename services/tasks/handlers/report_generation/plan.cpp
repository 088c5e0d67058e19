// See plan.hpp.
#include "services/tasks/handlers/report_generation/plan.hpp"

#include <fmt/format.h>

#include <set>

#include "services/tasks/handlers/report_generation/section_reader.hpp"
#include "services/tasks/handlers/report_generation/task_history.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr std::size_t title_max_length = 200;
constexpr std::size_t subtitle_max_length = 300;
constexpr std::size_t author_max_length = 100;
constexpr std::size_t source_name_max_length = 64;

void read_formats(checked_object& from, plan& into) {
    if (!from.member("formats", false)) {
        into.pdf = true;
        return;
    }
    const auto formats = from.distinct_texts("formats", 1, 2, 8);
    for (std::size_t i = 0; i < formats.size(); ++i) {
        if (formats[i] == "pdf") {
            into.pdf = true;
        } else if (formats[i] == "html") {
            into.html = true;
        } else {
            from.problems().push_back(
                {fmt::format("{}/{}", from.pointer_to("formats"), i),
                 "not_allowed",
                 "must be one of pdf, html"}
            );
        }
    }
}

void read_page(checked_object& from, plan& into) {
    const auto* given = from.member("page", false);
    if (!given) return;
    if (!given->is_object()) return from.reject("page", "wrong_type", "must be an object");
    checked_object page(given->get_object(), from.pointer_to("page"), from.problems());
    page.only({"size", "orientation"});
    if (page.choice("size", false, {"A4", "Letter"}) == 1) into.page = {612, 792};
    if (page.choice("orientation", false, {"portrait", "landscape"}) == 1) {
        std::swap(into.page.width, into.page.height);
    }
}

source_plan read_source(checked_object& from, std::string name) {
    source_plan read{std::move(name), {}, {}};
    if (from.member("records", false)) {
        from.only({"records", "where"});
        read.data.records =
            static_cast<own_records>(from.choice("records", false, {"tasks", "notifications"}));
    } else {
        from.only({"format", "rows", "csv", "ndjson", "source", "delimiter", "where"});
        read.data = data::read_dataset(from);
    }
    read.where = read_where(from);
    return read;
}

void read_sources(checked_object& from, plan& into) {
    const auto* given = from.member("sources", false);
    if (!given) return;
    if (!given->is_object() || given->get_object().size() > sources_max) {
        return from.reject(
            "sources", "wrong_type", fmt::format("must be an object of at most {}", sources_max)
        );
    }
    checked_object sources(given->get_object(), from.pointer_to("sources"), from.problems());
    for (const auto& [name, value] : given->get_object()) {
        if (name.empty() || name.size() > source_name_max_length) {
            sources.reject(
                name, "length", fmt::format("must have a name of 1 to {} bytes", source_name_max_length)
            );
        } else if (!value.is_object()) {
            sources.reject(name, "wrong_type", "must be an object");
        } else {
            checked_object source(value.get_object(), sources.pointer_to(name), from.problems());
            into.sources.push_back(read_source(source, std::string(name)));
        }
    }
}

bool shows_data(const section_plan& section) {
    return std::holds_alternative<figures_plan>(section) || std::holds_alternative<table_plan>(section) ||
           std::holds_alternative<chart_plan>(section);
}

}  // namespace

plan read_plan(const bj::object& parameters, instant_us now, std::vector<field_error>& problems) {
    checked_object from(parameters, "", problems);
    plan read;
    const bool ready_made = from.member("report", false) != nullptr;
    if (ready_made) {
        from.only({"report", "period", "formats", "title", "subtitle", "author", "page", "numbers"});
    } else {
        from.only({"formats", "title", "subtitle", "author", "page", "numbers", "sources", "sections"});
    }
    read_formats(from, read);
    read.title = from.text("title", !ready_made, title_max_length);
    read.subtitle = from.text("subtitle", false, subtitle_max_length);
    read.author = from.text("author", false, author_max_length);
    read_page(from, read);
    constexpr std::array<std::string_view, 4> styles{"1,234.5", "1.234,5", "1 234.5", "1 234,5"};
    read.style =
        style_named(styles[from.choice("numbers", false, {styles[0], styles[1], styles[2], styles[3]})]);
    if (ready_made) {
        from.choice("report", true, {"task_history"});
        add_task_history(from, now, read);
        return read;
    }
    read_sources(from, read);
    read.sections = read_sections(from, read.sources);
    const bool data = std::any_of(read.sections.begin(), read.sections.end(), shows_data);
    if (data && read.sources.empty() && !from.member("sources", false)) {
        from.reject("sources", "required", "is required: sections show data");
    }
    return read;
}

}  // namespace esm::tasks::report_generation
