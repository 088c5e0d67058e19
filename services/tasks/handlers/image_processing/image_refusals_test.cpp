// What image_processing must survive: bombs, poison, cut files, limits of the kernel, being told to stop.
#include <boost/crc.hpp>
#include <thread>

#include "services/tasks/handlers/image_processing/test_pictures.hpp"

namespace esm::tasks::image_processing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

using image_refusals_test = image_test;

// Big endian.
std::string number(std::uint32_t value, int bytes = 4) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string png_chunk(const std::string& type_and_data) {
    boost::crc_32_type sum;
    sum.process_bytes(type_and_data.data(), type_and_data.size());
    return number(static_cast<std::uint32_t>(type_and_data.size() - 4)) + type_and_data +
           number(sum.checksum());
}

// A few bytes that claim so many pixels.
std::string png_bomb(std::uint32_t width, std::uint32_t height) {
    using namespace std::string_literals;
    return "\x89PNG\r\n\x1a\n"s +
           png_chunk("IHDR" + number(width) + number(height) + "\x08\x02\x00\x00\x00"s) +
           png_chunk("IDAT\x78\x9c"s) + png_chunk("IEND");
}

std::string jpeg_bomb(const std::string& small, std::uint32_t width, std::uint32_t height) {
    auto content = small;
    const auto frame = content.find("\xff\xc0");
    content.replace(frame + 5, 4, number(height, 2) + number(width, 2));
    return content;
}

TEST_F(image_refusals_test, decompression_bombs_by_their_header) {
    const auto bomb = run_one(png_bomb(29'000, 29'000), R"("format":"jpeg")");
    EXPECT_EQ(bomb.how, kind::rejected);
    EXPECT_EQ(
        bomb.text,
        "the source has 29000 x 29000 pixels in 1 frame(s), 841000000 together; it may have 150000000 "
        "(tasks.image_pixels_max)"
    );
    const auto small = encoded(gradient(32, 32), ".jpg");
    const auto wide = run_one(jpeg_bomb(small, 65'000, 20), R"("steps":[{"op":"thumbnail","width":10}])");
    EXPECT_EQ(wide.how, kind::rejected);
    EXPECT_EQ(
        wide.text, "the source has 65000 x 20 pixels; a side may have 30000 (tasks.image_side_max_pixels)"
    );
    EXPECT_EQ(run_one(png_bomb(4'000'000'000, 1), R"("format":"jpeg")").how, kind::rejected);
}

TEST_F(image_refusals_test, too_many_frames_or_too_much_in_all_of_them) {
    std::vector<VImage> frames;
    for (int i = 0; i < 20; ++i) frames.push_back((VImage::black(30, 30) + 12 * i).cast(VIPS_FORMAT_UCHAR));
    auto all = VImage::arrayjoin(frames, VImage::option()->set("across", 1)).copy();
    all.set("page-height", 30);
    const auto content = encoded(all, ".gif");
    options_.within.frames_max = 19;
    EXPECT_EQ(
        run_one(content, R"("format":"png")").text,
        "the source has 20 frames or pages; it may have 19 (tasks.image_frames_max)"
    );
    options_.within.frames_max = 20;
    options_.within.pixels_max = 17'999;
    EXPECT_THAT(run_one(content, R"("format":"gif")").text, HasSubstr("in 20 frame(s), 18000 together"));
    options_.within.pixels_max = 18'000;
    EXPECT_EQ(run_one(content, R"("format":"gif")").how, kind::completed);
}

TEST_F(image_refusals_test, what_a_step_would_make_is_bounded_too) {
    const auto content = encoded(gradient(20, 20), ".png");
    const auto large =
        run_one(content, R"("steps":[{"op":"resize","width":29000,"height":29000,"enlarge":true}])");
    EXPECT_EQ(large.how, kind::rejected);
    EXPECT_THAT(
        large.text, HasSubstr("output 1 (made): step 1 (resize): what it makes has 29000 x 29000 pixels")
    );
    const auto outside =
        run_one(content, R"("steps":[{"op":"crop","left":10,"top":0,"width":11,"height":5}])");
    EXPECT_EQ(
        outside.text,
        "output 1 (made): step 1 (crop): a box of 11 x 5 at 10, 0 does not lie within the picture, which has "
        "20 x 20 pixels there"
    );
}

TEST_F(image_refusals_test, what_is_no_picture) {
    EXPECT_EQ(run_one("", R"("format":"png")").text, "the source is empty");
    for (const std::string content :
         {"%PDF-1.7 and more",
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"></svg>",
          "P6 2 2 255 abcdefghijkl",
          "# ImageMagick 1.0\nid=ImageMagick",
          "nothing at all"}) {
        const auto done = run_one(content, R"("format":"png")");
        EXPECT_EQ(done.how, kind::rejected);
        EXPECT_THAT(
            done.text, HasSubstr("the source is no picture that is read here (jpeg, png, webp, gif,")
        );
        EXPECT_THAT(done.text, HasSubstr("begins with \"" + content.substr(0, 4)));
    }
}

TEST_F(image_refusals_test, cut_files) {
    for (const auto* suffix : {".jpg", ".png", ".webp", ".gif", ".tif", ".avif", ".heic"}) {
        const auto whole = encoded(gradient(300, 300).bandjoin(noise(300, 300))[0].gaussblur(1), suffix);
        for (const std::string steps : {"", R"("steps":[{"op":"thumbnail","width":50}],)"}) {
            const auto done = run_one(whole.substr(0, whole.size() / 2), steps + R"("format":"png")");
            EXPECT_EQ(done.how, kind::rejected) << suffix << " " << steps << done.text;
            EXPECT_GT(done.text.size(), 20U);
            EXPECT_THAT(work_->kept, ::testing::IsEmpty());
        }
    }
}

TEST_F(image_refusals_test, poison_in_the_middle) {
    auto content = encoded(noise(300, 300), ".png");
    for (std::size_t i = content.size() / 2; i < content.size() / 2 + 40; ++i) content[i] = '\x55';
    const auto done = run_one(content, R"("format":"jpeg")");
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_THAT(
        done.text, HasSubstr("output 1 (made): it cannot be made of the source, which may be damaged: ")
    );
    EXPECT_THAT(done.text, HasSubstr("png"));
}

// Whatever a file holds, a task ends with a message and nothing else happens.
TEST_F(image_refusals_test, scrambled_files_never_hurt) {
    std::uint32_t dice = 1;
    const auto roll = [&dice] { return dice = dice * 1'664'525U + 1'013'904'223U, dice >> 8; };
    for (const auto* suffix : {".jpg", ".png", ".webp", ".gif", ".tif", ".avif"}) {
        const auto whole = encoded(gradient(80, 60), suffix);
        for (int round = 0; round < 6; ++round) {
            auto content = whole;
            for (int i = 0; i < 12; ++i) content[roll() % content.size()] = static_cast<char>(roll());
            const auto done = run_one(content, R"("format":"png","steps":[{"op":"rotate","angle":90}])");
            EXPECT_NE(done.how, kind::failed) << suffix << ": " << done.text;
            EXPECT_NE(done.how, kind::stopped);
        }
    }
}

#ifndef ESM_SHADOWED
TEST_F(image_refusals_test, more_memory_than_allowed) {
    options_.within.memory_max_bytes = 64 << 20;
    const auto content = encoded(gradient(6000, 5000), ".jpg");
    const auto done = run_one(content, R"("steps":[{"op":"rotate","angle":90}])");
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_EQ(
        done.text, "the picture needs more than 67108864 bytes of memory (tasks.image_memory_max_bytes)"
    );
    // The same picture flows through where nothing needs it as a whole.
    const auto flowing = run_one(content, R"("steps":[{"op":"resize","width":300}])");
    EXPECT_EQ(flowing.how, kind::completed) << flowing.text;
}
#endif

TEST_F(image_refusals_test, a_larger_output_than_allowed) {
    options_.within.output_max_bytes = 20'000;
    const auto done = run_one(encoded(noise(400, 400), ".png"), R"("format":"png")");
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_EQ(done.text, "an output would be larger than 20000 bytes (tasks.image_output_max_bytes)");
}

// Minutes of work.
const std::string slow = R"([{"name":"a","format":"avif","lossless":true}])";

TEST_F(image_refusals_test, more_processor_time_than_allowed) {
    options_.within.cpu_max_seconds = 1;
    const auto done = run(encoded(noise(3000, 3000), ".png[compression=1]"), slow);
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_EQ(done.text, "the picture takes more than 1 s of processor time (tasks.image_cpu_max_ms)");
}

TEST_F(image_refusals_test, stops_when_time_is_up_or_it_is_cancelled) {
    const auto content = encoded(noise(3000, 3000), ".png[compression=1]");
    run_control short_time(nullptr, run_control::clock::now() + 300ms);
    auto begun = run_control::clock::now();
    EXPECT_EQ(run(content, slow, short_time).how, kind::stopped);
    EXPECT_LT(run_control::clock::now() - begun, 5s);

    run_control control(nullptr, run_control::clock::now() + 5min);
    std::jthread canceller([&control] {
        std::this_thread::sleep_for(300ms);
        control.cancel();
    });
    begun = run_control::clock::now();
    EXPECT_EQ(run(content, slow, control).how, kind::stopped);
    EXPECT_LT(run_control::clock::now() - begun, 5s);
}

std::int64_t kilobytes(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(field)) return std::stoll(line.substr(field.size()));
    }
    return 0;
}

TEST_F(image_refusals_test, the_service_does_not_grow_with_the_picture) {
    const auto content = encoded(gradient(8000, 6000), ".jpg");
    // The highest mark begins again from what is used now.
    std::ofstream("/proc/self/clear_refs") << 5;
    const auto before = kilobytes("VmRSS:");
    ASSERT_EQ(run_one(content, R"("steps":[{"op":"rotate","angle":90}])").how, kind::completed);
    EXPECT_LT(kilobytes("VmHWM:") - before, 8 * 1024) << "of a picture of 144 MB";
}

}  // namespace
}  // namespace esm::tasks::image_processing
