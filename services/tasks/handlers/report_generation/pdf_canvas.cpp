// See pdf_canvas.hpp. libharu's error callback only notes the error: what unwinds the stack is thrown by
// check(), from our own frames.
#include "services/tasks/handlers/report_generation/pdf_canvas.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "platform/base/utf8.hpp"
#include "services/tasks/handlers/report_generation/text_width.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr char32_t replacement = 0xfffd;  // for characters beyond the basic plane, which libharu drops
constexpr int box_width = 600;            // of a character that no font has

HPDF_REAL real(double value) {
    return static_cast<HPDF_REAL>(value);
}

std::unique_ptr<pdf_face> load_face(HPDF_Doc document, const std::filesystem::path& file) {
    try {
        return std::make_unique<pdf_face>(document, file);
    } catch (const std::runtime_error& problem) {
        throw pdf_failure(fmt::format(
            "{}: PDF reports need DejaVuSans.ttf and DejaVuSans-Bold.ttf (Debian: fonts-dejavu-core) in the "
            "folder "
            "that tasks.report_font_dir names, and the files of tasks.report_fallback_fonts",
            problem.what()
        ));
    }
}

HPDF_Date date_of(instant_us instant) {
    const auto text = format_instant(instant);  // 2026-11-26T07:52:00.000000Z
    const auto part = [&](std::size_t at, std::size_t count) { return std::stoi(text.substr(at, count)); };
    return {part(0, 4), part(5, 2), part(8, 2), part(11, 2), part(14, 2), part(17, 2), 'Z', 0, 0};
}

}  // namespace

void pdf_canvas::on_error(HPDF_STATUS code, HPDF_STATUS detail, void* self) {
    auto& noted = static_cast<pdf_canvas*>(self)->fault_;
    if (noted.code == 0) noted = {code, detail};
}

void pdf_canvas::check() const {
    if (fault_.code == 0) return;
    throw pdf_failure(fmt::format("libharu failed with error 0x{:04x}, detail {}", fault_.code, fault_.detail)
    );
}

pdf_canvas::pdf_canvas(const font_files& fonts) : document_(HPDF_New(&pdf_canvas::on_error, this)) {
    if (!document_) throw pdf_failure("libharu cannot begin a document: out of memory");
    HPDF_SetCompressionMode(document_.get(), HPDF_COMP_ALL);
    HPDF_UseUTFEncodings(document_.get());
    HPDF_SetCurrentEncoder(document_.get(), "UTF-8");
    check();
    regular_ = load_face(document_.get(), fonts.folder / "DejaVuSans.ttf");
    bold_ = load_face(document_.get(), fonts.folder / "DejaVuSans-Bold.ttf");
    for (const auto& each : fonts.fallbacks) fallbacks_.push_back(load_face(document_.get(), each));
    check();
}

void pdf_canvas::describe(const std::string& title, const std::string& author, instant_us created) {
    HPDF_SetInfoAttr(document_.get(), HPDF_INFO_TITLE, title.c_str());
    if (!author.empty()) HPDF_SetInfoAttr(document_.get(), HPDF_INFO_AUTHOR, author.c_str());
    HPDF_SetInfoAttr(document_.get(), HPDF_INFO_CREATOR, "EventStreamMonitor");
    HPDF_SetInfoDateAttr(document_.get(), HPDF_INFO_CREATION_DATE, date_of(created));
    check();
}

void pdf_canvas::add_page(double width, double height) {
    auto* added = HPDF_AddPage(document_.get());
    check();
    HPDF_Page_SetWidth(added, real(width));
    HPDF_Page_SetHeight(added, real(height));
    check();
    pages_.push_back(added);
    select_page(pages_.size() - 1);
}

void pdf_canvas::select_page(std::size_t number) {
    page_ = pages_.at(number);
    height_ = HPDF_Page_GetHeight(page_);
}

void pdf_canvas::add_bookmark(const std::string& title, int level, double y) {
    const auto depth = std::min(static_cast<std::size_t>(level - 1), bookmarks_.size());
    bookmarks_.resize(depth);
    auto* parent = depth == 0 ? nullptr : bookmarks_.back();
    auto* encoder = HPDF_GetEncoder(document_.get(), "UTF-8");
    auto* added = HPDF_CreateOutline(document_.get(), parent, title.c_str(), encoder);
    check();
    auto* place = HPDF_Page_CreateDestination(page_);
    HPDF_Destination_SetFitH(place, flip(y));
    HPDF_Outline_SetDestination(added, place);
    check();
    bookmarks_.push_back(added);
    if (pages_.size() == 1) HPDF_SetPageMode(document_.get(), HPDF_PAGE_MODE_USE_OUTLINE);
}

void pdf_canvas::set_fill(color fill) {
    HPDF_Page_SetRGBFill(page_, real(fill.red / 255.0), real(fill.green / 255.0), real(fill.blue / 255.0));
}

void pdf_canvas::draw(const box_mark& box) {
    set_fill(box.fill);
    HPDF_Page_Rectangle(
        page_,
        real(origin_x_ + box.corner.x),
        flip(origin_y_ + box.corner.y + box.height),
        real(box.width),
        real(box.height)
    );
    HPDF_Page_Fill(page_);
    check();
}

void pdf_canvas::trace(const std::vector<point>& points) {
    bool first = true;
    for (const auto& each : points) {
        const auto x = real(origin_x_ + each.x);
        const auto y = flip(origin_y_ + each.y);
        std::exchange(first, false) ? HPDF_Page_MoveTo(page_, x, y) : HPDF_Page_LineTo(page_, x, y);
    }
}

void pdf_canvas::draw(const line_mark& line) {
    HPDF_Page_SetRGBStroke(
        page_, real(line.stroke.red / 255.0), real(line.stroke.green / 255.0), real(line.stroke.blue / 255.0)
    );
    HPDF_Page_SetLineWidth(page_, real(line.width));
    HPDF_Page_SetLineJoin(page_, HPDF_ROUND_JOIN);
    // libharu takes dashes in whole points.
    std::vector<HPDF_UINT16> dashes;
    for (const double each : line.dashes) dashes.push_back(static_cast<HPDF_UINT16>(std::lround(each)));
    HPDF_Page_SetDash(
        page_, dashes.empty() ? nullptr : dashes.data(), static_cast<HPDF_UINT>(dashes.size()), 0
    );
    trace(line.points);
    HPDF_Page_Stroke(page_);
    check();
}

void pdf_canvas::draw(const area_mark& area) {
    set_fill(area.fill);
    trace(area.outline);
    HPDF_Page_ClosePath(page_);
    HPDF_Page_Fill(page_);
    check();
}

void pdf_canvas::draw(const picture& drawn, double x, double y) {
    origin_x_ = x;
    origin_y_ = y;
    for (const auto& each : drawn.marks) {
        std::visit([this](const auto& one) { draw(one); }, each);
    }
    origin_x_ = origin_y_ = 0;
}

// Where no font has it, the first one shows its box.
pdf_face& pdf_canvas::face_for(char32_t character, weight how) {
    auto& first = how == weight::bold ? *bold_ : *regular_;
    const auto narrow = static_cast<char16_t>(character);
    if (first.has(narrow)) return first;
    for (const auto& each : fallbacks_) {
        if (each->has(narrow)) return *each;
    }
    return first;
}

int pdf_canvas::width_of(char32_t character, weight how) {
    if (character > 0xffff) character = replacement;
    const int width = face_for(character, how).width_of(static_cast<char16_t>(character));
    return width < 0 ? box_width : width;
}

double pdf_canvas::text_width(std::string_view text, double size, weight how) {
    return line_width(text, width_function(size, how));
}

character_width pdf_canvas::width_function(double size, weight how) {
    const double scale = size * narrowing / 1000;
    return [this, scale, how](char32_t character) { return width_of(character, how) * scale; };
}

void pdf_canvas::show_run(pdf_face& face, double size, const std::string& text) {
    if (text.empty()) return;
    HPDF_Page_SetFontAndSize(page_, face.font(), real(size));
    HPDF_Page_ShowText(page_, text.c_str());
}

void pdf_canvas::draw(const text_mark& text) {
    const auto how = text.bold ? weight::bold : weight::regular;
    double x = origin_x_ + text.at.x;
    double y = origin_y_ + text.at.y;
    const double angle = text.angle * std::numbers::pi / 180;
    if (text.where != anchor::start) {
        const double back = text_width(text.text, text.size, how) * (text.where == anchor::middle ? 0.5 : 1);
        x -= back * std::cos(angle);
        y += back * std::sin(angle);
    }
    set_fill(text.shown);
    HPDF_Page_BeginText(page_);
    HPDF_Page_SetHorizontalScalling(page_, real(narrowing * 100));
    const auto cosine = real(std::cos(angle)), sine = real(std::sin(angle));
    HPDF_Page_SetTextMatrix(page_, cosine, sine, -sine, cosine, real(x), flip(y));
    std::string run;
    pdf_face* face = nullptr;
    for (auto rest = std::string_view(text.text); !rest.empty();) {
        const auto next = first_utf8_character(rest);
        const bool drawable = next.length > 0 && next.code_point <= 0xffff && next.code_point != 0;
        const char32_t character = drawable ? next.code_point : replacement;
        auto& wanted = face_for(character, how);
        if (!drawable || wanted.width_of(static_cast<char16_t>(character)) < 0) ++lacking_;
        if (face != &wanted && face != nullptr) {
            show_run(*face, text.size, run);
            run.clear();
        }
        face = &wanted;
        run += drawable ? rest.substr(0, next.length) : std::string_view("\uFFFD");
        rest.remove_prefix(std::max<std::size_t>(next.length, 1));
    }
    if (face != nullptr) show_run(*face, text.size, run);
    HPDF_Page_EndText(page_);
    check();
}

std::uintmax_t pdf_canvas::save(const std::filesystem::path& to) {
    HPDF_SaveToFile(document_.get(), to.c_str());
    check();
    return std::filesystem::file_size(to);
}

}  // namespace esm::tasks::report_generation
