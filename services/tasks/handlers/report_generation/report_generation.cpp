// See report_generation.hpp.
#include "services/tasks/handlers/report_generation/report_generation.hpp"

#include <fmt/format.h>

#include "services/tasks/handlers/report_generation/gather.hpp"
#include "services/tasks/handlers/report_generation/html_report.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr int gathered_per_cent = 90;
constexpr int pdf_written_per_cent = 96;
// A row of the user's own records holds the result of a task, which may be large.
constexpr std::size_t record_max_bytes = 32UL * 1024 * 1024;

outcome rejected(std::string why) {
    return {outcome::kind::rejected, std::move(why)};
}
outcome stopped() {
    return {outcome::kind::stopped, {}};
}

outcome ended(const no_report& end) {
    switch (end.why) {
        case no_report::reason::told_to_stop:
            return stopped();
        case no_report::reason::may_pass:
            return {outcome::kind::failed, end.text};
        default:
            return rejected(end.text);
    }
}

bj::object artifact_json(const std::string& name, const std::string& media_type, const rendered& made) {
    bj::object shown{{"name", name}, {"mediaType", media_type}, {"bytes", made.bytes}};
    if (made.pages > 0) shown["pages"] = made.pages;
    return shown;
}

class report_generation_handler final : public handler {
public:
    explicit report_generation_handler(options settings) : settings_(std::move(settings)) {
        auto& bounds = settings_.bounds;
        bounds.row_bytes = std::max(bounds.row_bytes, record_max_bytes);
        bounds.cell_bytes = std::max(bounds.cell_bytes, record_max_bytes);
    }

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::report_generation_schema; }

    std::vector<field_error> check(const bj::object& parameters) const override {
        std::vector<field_error> problems;
        read_plan(parameters, now_us(), problems);
        return problems;
    }

    outcome run(work& current) const override {
        boost::system::error_code unreadable;
        const auto document = bj::parse(current.parameters(), unreadable);
        if (unreadable || !document.is_object()) return rejected("the parameters are not a JSON object");
        std::vector<field_error> problems;
        const auto now = now_us();
        const auto todo = read_plan(document.get_object(), now, problems);
        if (!problems.empty()) {
            return rejected(fmt::format("{}: {}", problems.front().pointer, problems.front().message));
        }
        auto data = gather(todo, current, settings_.bounds);
        if (!data) return ended(data.error());
        current.control().set_progress(gathered_per_cent);
        report shown{
            todo.title, todo.subtitle, todo.author, now, todo.style, todo.page, std::move(data->blocks)
        };
        return write(todo, shown, data->rows, current);
    }

private:
    outcome write(const plan& todo, const report& shown, std::uint64_t rows, work& current) const {
        bj::array artifacts;
        bj::object done;
        if (todo.pdf) {
            const auto file = current.scratch() / "report.pdf";
            const auto made = write_pdf(shown, settings_.fonts, settings_.pages_max, file, current.control());
            if (!made) return refused(made.error());
            current.keep({"report.pdf", "application/pdf", file});
            artifacts.push_back(artifact_json("report.pdf", "application/pdf", *made));
            done["pages"] = made->pages;
            if (made->characters_lacking > 0) tell_lacking(made->characters_lacking, done, current);
            current.control().set_progress(pdf_written_per_cent);
        }
        if (todo.html) {
            const auto file = current.scratch() / "report.html";
            const auto made = write_html(shown, settings_.html_max_bytes, file, current.control());
            if (!made) return refused(made.error());
            current.keep({"report.html", "text/html; charset=utf-8", file});
            artifacts.push_back(artifact_json("report.html", "text/html; charset=utf-8", *made));
        }
        done["artifacts"] = std::move(artifacts);
        done["sections"] = todo.sections.size();
        done["rows"] = rows;
        return {outcome::kind::completed, bj::serialize(done)};
    }

    static outcome refused(const error& why) {
        return why.code == errc::deadline_exceeded ? stopped() : rejected(why.detail);
    }

    static void tell_lacking(std::size_t count, bj::object& done, work& current) {
        done["charactersWithoutGlyph"] = count;
        current.log(
            log_severity::warn,
            fmt::format(
                "{} characters show as a box in the PDF: its fonts lack them. HTML shows them, and so does a "
                "PDF "
                "where tasks.report_fallback_fonts names a font that has them.",
                count
            )
        );
    }

    options settings_;
};

}  // namespace

std::unique_ptr<handler> make_handler(options settings) {
    return std::make_unique<report_generation_handler>(std::move(settings));
}

}  // namespace esm::tasks::report_generation
