// A PDF under construction by libharu: pages, texts, shapes. Coordinates are points from the top left of the
// page. Everything stays in memory until save. Not for two threads at once.
#pragma once

#include <hpdf.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/tasks/handlers/report_generation/chart.hpp"
#include "services/tasks/handlers/report_generation/pdf_face.hpp"
#include "services/tasks/handlers/report_generation/text_lines.hpp"

namespace esm::tasks::report_generation {

// libharu or a font failed; what() is for people.
struct pdf_failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct font_files {
    std::filesystem::path folder;                  // holds DejaVuSans.ttf and DejaVuSans-Bold.ttf
    std::vector<std::filesystem::path> fallbacks;  // for characters that those lack
};

enum class weight : std::uint8_t { regular, bold };

// Every member throws pdf_failure.
class pdf_canvas {
public:
    explicit pdf_canvas(const font_files& fonts);
    // libharu reports errors to where it is.
    pdf_canvas(const pdf_canvas&) = delete;
    pdf_canvas& operator=(const pdf_canvas&) = delete;

    void describe(const std::string& title, const std::string& author, instant_us created);
    void add_page(double width, double height);
    // What follows is drawn on that page, from 0.
    void select_page(std::size_t number);
    std::size_t pages() const { return pages_.size(); }
    // An entry of the document's outline that leads to the place on the current page; level from 1 to 3.
    void add_bookmark(const std::string& title, int level, double y);

    void draw(const text_mark& text);
    void draw(const box_mark& box);
    void draw(const line_mark& line);
    void draw(const area_mark& area);
    // The picture's top left stands at x, y.
    void draw(const picture& drawn, double x, double y);

    double text_width(std::string_view text, double size, weight how);
    character_width width_function(double size, weight how);
    // How many characters no font had: they show as a box.
    std::size_t characters_lacking() const { return lacking_; }

    // Returns the file's size.
    std::uintmax_t save(const std::filesystem::path& to);

private:
    struct fault {
        HPDF_STATUS code{0}, detail{0};
    };
    struct release {
        void operator()(HPDF_Doc document) const { HPDF_Free(document); }
    };
    using owned_document = std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, release>;

    static void on_error(HPDF_STATUS code, HPDF_STATUS detail, void* self);
    void check() const;
    pdf_face& face_for(char32_t character, weight how);
    int width_of(char32_t character, weight how);
    void show_run(pdf_face& face, double size, const std::string& text);
    void trace(const std::vector<point>& points);
    void set_fill(color fill);
    HPDF_REAL flip(double y) const { return static_cast<HPDF_REAL>(height_ - y); }

    fault fault_;
    owned_document document_;
    std::unique_ptr<pdf_face> regular_, bold_;
    std::vector<std::unique_ptr<pdf_face>> fallbacks_;
    std::vector<HPDF_Page> pages_;
    HPDF_Page page_{nullptr};
    double height_{0};
    double origin_x_{0}, origin_y_{0};
    std::vector<HPDF_Outline> bookmarks_;  // the last one of each level
    std::size_t lacking_{0};
};

}  // namespace esm::tasks::report_generation
