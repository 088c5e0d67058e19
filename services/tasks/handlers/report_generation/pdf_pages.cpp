// See pdf_pages.hpp.
#include "services/tasks/handlers/report_generation/pdf_pages.hpp"

namespace esm::tasks::report_generation {

void pdf_pages::new_page() {
    if (canvas_.pages() == pages_max_) throw pages_end{true};
    canvas_.add_page(shown_.page.width, shown_.page.height);
    y_ = top_ = margins::top;
}

void pdf_pages::draw(
    std::string text, double x, double y, double size, weight how, color shown, anchor where
) {
    canvas_.draw(text_mark{{x, y}, std::move(text), size, where, how == weight::bold, shown});
}

void pdf_pages::draw_lines(
    const std::vector<std::string>& lines, double x, double size, double leading, weight how, color shown
) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        // No line of a longer paragraph stands alone at the end of a page.
        const bool first_of_many = i == 0 && lines.size() > 1;
        need(first_of_many ? 2 * leading : leading);
        draw(lines[i], x, y_ + size, size, how, shown);
        move(leading);
    }
}

}  // namespace esm::tasks::report_generation
