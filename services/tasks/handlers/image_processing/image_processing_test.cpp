// Every operation and format of image_processing through the real esm-image, read back and looked at.
#include "services/tasks/handlers/image_processing/image_processing.hpp"

#include "services/tasks/handlers/image_processing/test_pictures.hpp"

namespace esm::tasks::image_processing {
namespace {

namespace bj = boost::json;
using colour = std::vector<int>;

using image_processing_test = image_test;

TEST_F(image_processing_test, the_result_tells_what_went_in_and_came_out) {
    const auto content = encoded(gradient(400, 300), ".jpg");
    const auto done =
        run(content, R"([{"name":"a.webp","format":"webp","steps":[{"op":"thumbnail","width":100}]},
                                       {"name":"b.jpg"}])");
    ASSERT_EQ(done.how, kind::completed) << done.text;
    const auto result = bj::parse(done.text);
    EXPECT_EQ(
        bj::serialize(result.at("input")),
        R"({"format":"jpeg","width":400,"height":300,"frames":1,"bytes":)" + std::to_string(content.size()) +
            "}"
    );
    const auto& first = result.at("outputs").at(0);
    EXPECT_EQ(first.at("artifact"), "a.webp");
    EXPECT_EQ(first.at("mediaType"), "image/webp");
    EXPECT_EQ(first.at("width"), 100);
    EXPECT_EQ(first.at("height"), 75);
    EXPECT_EQ(first.at("bytes").to_number<std::size_t>(), work_->content("a.webp").size());
    EXPECT_EQ(result.at("outputs").at(1).at("format"), "jpeg");
    ASSERT_EQ(work_->kept.size(), 2U);
    EXPECT_EQ(work_->kept[0].media_type, "image/webp");
    EXPECT_EQ(work_->kept[1].name, "b.jpg");
    EXPECT_THAT(work_->lines, ::testing::IsEmpty());
}

TEST_F(image_processing_test, converts_between_all_formats) {
    const auto picture = gradient(64, 48);
    for (const auto* from : {".jpg", ".png", ".webp", ".gif", ".tif", ".avif[compression=av1]", ".heic"}) {
        const auto content = encoded(picture, from);
        for (const std::string to : {"jpeg", "png", "webp", "gif", "tiff", "avif", "heif"}) {
            const auto done = run_one(content, R"("format":")" + to + "\"");
            ASSERT_EQ(done.how, kind::completed) << from << " to " << to << ": " << done.text;
            const auto read = made();
            EXPECT_EQ(read.width(), 64) << from << " to " << to;
            EXPECT_EQ(read.height(), 48);
            EXPECT_THAT(pixel(read, 60, 4), near_colour(colour{243, 22, 128}, 24)) << from << " to " << to;
            EXPECT_EQ(work_->kept[0].media_type, "image/" + to);
            const std::string loader = read.get_string("vips-loader");
            EXPECT_TRUE(loader.starts_with(to == "avif" ? "heif" : to)) << loader << " for " << to;
        }
    }
}

TEST_F(image_processing_test, knows_formats_by_their_content) {
    EXPECT_EQ(
        bj::parse(run_one(encoded(gradient(9, 9), ".avif"), R"("format":"png")").text)
            .at("input")
            .at("format"),
        "avif"
    );
    EXPECT_EQ(
        bj::parse(run_one(encoded(gradient(9, 9), ".heic"), R"("format":"png")").text)
            .at("input")
            .at("format"),
        "heif"
    );
    EXPECT_EQ(
        bj::parse(run_one(encoded(gradient(9, 9), ".gif"), R"("format":"png")").text)
            .at("input")
            .at("format"),
        "gif"
    );
}

TEST_F(image_processing_test, quality_and_lossless) {
    const auto content = encoded(noise(200, 200), ".png");
    const auto size_with = [&](const std::string& members) {
        EXPECT_EQ(run_one(content, members).how, kind::completed);
        return work_->content("made").size();
    };
    for (const std::string format : {"jpeg", "webp", "avif", "heif"}) {
        const auto as = R"("format":")" + format + "\"";
        EXPECT_LT(size_with(as + R"(,"quality":10)"), size_with(as)) << format;
        EXPECT_LT(size_with(as), size_with(as + R"(,"quality":98)")) << format;
    }
    size_with(R"("format":"webp","lossless":true)");
    EXPECT_EQ((made().extract_band(0) - VImage::new_from_buffer(content, "")).abs().max(), 0);
}

TEST_F(image_processing_test, thumbnails_fit_or_fill_and_never_grow) {
    const auto content = encoded(gradient(800, 400), ".jpg");
    const auto sides = [&](const std::string& step, const std::string& picture) {
        EXPECT_EQ(run_one(picture, R"("steps":[)" + step + "]").how, kind::completed);
        return std::pair(made().width(), made().height());
    };
    for (const std::string before : {"", R"({"op":"rotate","angle":0},)"}) {
        EXPECT_EQ(sides(before + R"({"op":"thumbnail","width":200})", content), std::pair(200, 100));
        EXPECT_EQ(
            sides(before + R"({"op":"thumbnail","width":200,"height":50})", content), std::pair(100, 50)
        );
        EXPECT_EQ(
            sides(before + R"({"op":"thumbnail","width":100,"crop":"centre"})", content), std::pair(100, 100)
        );
        EXPECT_EQ(sides(before + R"({"op":"thumbnail","width":3000})", content), std::pair(800, 400));
    }
    EXPECT_EQ(sides(R"({"op":"thumbnail","width":1})", content), std::pair(1, 1));
}

TEST_F(image_processing_test, resizes_by_mode) {
    const auto content = encoded(gradient(200, 100), ".png");
    const auto sides = [&](const std::string& members) {
        const auto done = run_one(content, R"("steps":[{"op":"resize",)" + members + "}]");
        EXPECT_EQ(done.how, kind::completed) << done.text;
        return std::pair(made().width(), made().height());
    };
    EXPECT_EQ(sides(R"("width":50)"), std::pair(50, 25));
    EXPECT_EQ(sides(R"("height":50)"), std::pair(100, 50));
    EXPECT_EQ(sides(R"("width":50,"height":50)"), std::pair(50, 25));
    EXPECT_EQ(sides(R"("width":50,"height":50,"mode":"fill")"), std::pair(50, 50));
    EXPECT_EQ(sides(R"("width":50,"height":60,"mode":"exact")"), std::pair(50, 60));
    EXPECT_EQ(sides(R"("width":400)"), std::pair(200, 100));
    EXPECT_EQ(sides(R"("width":400,"enlarge":true)"), std::pair(400, 200));
    EXPECT_EQ(sides(R"("width":300,"height":50,"mode":"exact")"), std::pair(200, 50));
    EXPECT_EQ(sides(R"("width":300,"height":300,"mode":"fill")"), std::pair(200, 100));
    EXPECT_EQ(sides(R"("width":300,"height":300,"mode":"fill","enlarge":true)"), std::pair(300, 300));
    EXPECT_EQ(sides(R"("width":1)"), std::pair(1, 1));
    // The middle of the long side is what fill keeps.
    sides(R"("width":100,"height":100,"mode":"fill")");
    EXPECT_THAT(pixel(made(), 0, 50), near_colour(colour{64, 128}, 4));
}

TEST_F(image_processing_test, resizing_does_not_bleed_transparent_colours) {
    const auto half = (VImage::xyz(64, 64)[0] < 32).copy();
    const auto shown = half.bandjoin(half * 0).bandjoin(half * 0).bandjoin(half);
    const auto content =
        encoded(shown.copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB)), ".png");
    ASSERT_EQ(run_one(content, R"("steps":[{"op":"resize","width":21}])").how, kind::completed);
    const auto edge = pixel(made(), 10, 10);
    ASSERT_EQ(edge.size(), 4U);
    EXPECT_GT(edge[3], 10);
    EXPECT_LT(edge[3], 245);
    EXPECT_GT(edge[0], 240) << "red at the edge, however transparent";
}

TEST_F(image_processing_test, crops_boxes) {
    const auto content = encoded(gradient(256, 256), ".png");
    ASSERT_EQ(
        run_one(content, R"("steps":[{"op":"crop","left":100,"top":50,"width":20,"height":10}])").how,
        kind::completed
    );
    EXPECT_EQ(made().width(), 20);
    EXPECT_EQ(made().height(), 10);
    EXPECT_THAT(pixel(made(), 0, 0), near_colour(colour{100, 50, 128}, 1));
    ASSERT_EQ(run_one(content, R"("steps":[{"op":"crop","width":56,"height":56}])").how, kind::completed);
    EXPECT_THAT(pixel(made(), 0, 0), near_colour(colour{100, 100, 128}, 1));
}

TEST_F(image_processing_test, crops_to_what_draws_the_eye) {
    // A patch of noise on the right of an empty picture.
    const auto content = encoded(VImage::black(400, 100).insert(noise(80, 80), 310, 10), ".png");
    for (const std::string keep : {"attention", "entropy"}) {
        const auto crop = R"("steps":[{"op":"crop","width":100,"height":100,"position":")" + keep + "\"}]";
        ASSERT_EQ(run_one(content, crop).how, kind::completed);
        EXPECT_GT(made().avg(), 40) << keep;
        const auto small = R"("steps":[{"op":"thumbnail","width":50,"crop":")" + keep + "\"}]";
        ASSERT_EQ(run_one(content, small).how, kind::completed);
        EXPECT_EQ(made().width(), 50);
        EXPECT_GT(made().avg(), 40) << keep;
    }
}

TEST_F(image_processing_test, rotates_and_flips) {
    const auto content = encoded(gradient(256, 128), ".png");
    const auto corner = [&](const std::string& step) {
        const auto done = run_one(content, R"("steps":[)" + step + "]");
        EXPECT_EQ(done.how, kind::completed) << done.text;
        return pixel(made(), 0, 0);
    };
    EXPECT_EQ(corner(R"({"op":"rotate","angle":90})"), (colour{0, 255, 128}));
    EXPECT_EQ(made().width(), 128);
    EXPECT_EQ(corner(R"({"op":"rotate","angle":180})"), (colour{255, 255, 128}));
    EXPECT_EQ(corner(R"({"op":"rotate","angle":270})"), (colour{255, 0, 128}));
    EXPECT_EQ(corner(R"({"op":"rotate","angle":-90})"), (colour{255, 0, 128}));
    EXPECT_EQ(corner(R"({"op":"rotate","angle":360})"), (colour{0, 0, 128}));
    EXPECT_EQ(corner(R"({"op":"flip","direction":"horizontal"})"), (colour{255, 0, 128}));
    EXPECT_EQ(corner(R"({"op":"flip","direction":"vertical"})"), (colour{0, 255, 128}));
}

TEST_F(image_processing_test, rotates_by_any_angle_over_the_background) {
    for (const auto* suffix : {".png", ".jpg"}) {
        for (const auto& picture : {gradient(100, 100), noise(100, 100), gradient(100, 100).bandjoin(255)}) {
            const auto content = encoded(picture, suffix);
            const auto done = run_one(
                content, R"("format":"png","background":"#ff0000","steps":[{"op":"rotate","angle":45}])"
            );
            ASSERT_EQ(done.how, kind::completed) << done.text;
            EXPECT_NEAR(made().width(), 141, 2);
            const auto corner = pixel(made(), 0, 0);
            // Grey pictures have a grey of the same brightness.
            if (corner.size() == 1) {
                EXPECT_NEAR(corner[0], 54, 1);
            } else {
                EXPECT_THAT(corner, near_colour(colour{255, 0, 0}, 1));
            }
        }
    }
    const auto wide = encoded(gradient(50, 50).colourspace(VIPS_INTERPRETATION_RGB16), ".png");
    ASSERT_EQ(run_one(wide, R"("steps":[{"op":"rotate","angle":30}])").how, kind::completed);
    EXPECT_THAT(pixel(made(), 0, 0), near_colour(colour{65535, 65535, 65535}, 1));
}

TEST_F(image_processing_test, transparency_is_laid_over_the_background) {
    const auto clear = gradient(32, 32).bandjoin(0);
    const auto content = encoded(clear, ".png");
    ASSERT_EQ(run_one(content, R"("format":"jpeg","background":"#00ff00")").how, kind::completed);
    EXPECT_THAT(pixel(made(), 16, 16), near_colour(colour{0, 255, 0}, 6));
    ASSERT_EQ(run_one(content, R"("format":"jpeg")").how, kind::completed);
    EXPECT_THAT(pixel(made(), 16, 16), near_colour(colour{255, 255, 255}, 3));
    ASSERT_EQ(run_one(content, R"("format":"webp")").how, kind::completed);
    EXPECT_EQ(made().bands(), 4);
}

VImage with_metadata(VImage picture, int orientation) {
    auto changed = picture.copy();
    changed.set("orientation", orientation);
    changed.set("exif-ifd0-Make", "Maker (Maker, ASCII, 6 components, 6 bytes)");
    const std::string packet = "<x:xmpmeta>secret place</x:xmpmeta>";
    vips_image_set_blob_copy(changed.get_image(), VIPS_META_XMP_NAME, packet.data(), packet.size());
    return changed;
}

TEST_F(image_processing_test, turns_upright_by_exif_unless_told_not_to) {
    // Orientation 6: what is stored lies on its left side.
    const auto content = encoded(with_metadata(gradient(256, 128), 6), ".jpg[Q=95]");
    for (const std::string steps : {"", R"("steps":[{"op":"thumbnail","width":256}],)"}) {
        ASSERT_EQ(run_one(content, steps + R"("format":"png")").how, kind::completed);
        EXPECT_EQ(made().width(), 128);
        EXPECT_EQ(made().height(), 256);
        EXPECT_THAT(pixel(made(), 0, 0), near_colour(colour{0, 255, 128}, 12));
        ASSERT_EQ(
            run_one(content, steps + R"("format":"png")", R"(,"autorotate":false)").how, kind::completed
        );
        EXPECT_EQ(made().width(), 256);
        EXPECT_THAT(pixel(made(), 0, 0), near_colour(colour{0, 0, 128}, 12));
    }
    // What was turned must not be turned again by who looks at it.
    ASSERT_EQ(run_one(content, R"("metadata":"keep")").how, kind::completed);
    EXPECT_EQ(made().width(), 128);
    EXPECT_TRUE(made().get_typeof("orientation") == 0 || made().get_int("orientation") == 1);
}

TEST_F(image_processing_test, metadata_is_gone_unless_kept) {
    const auto content = encoded(with_metadata(gradient(64, 64), 1), ".jpg");
    for (const std::string format : {"jpeg", "png", "webp", "tiff", "avif"}) {
        const auto as = R"("format":")" + format + "\"";
        ASSERT_EQ(run_one(content, as).how, kind::completed);
        for (const auto* name : {"xmp-data", "iptc-data", "icc-profile-data", "exif-ifd0-Make"}) {
            EXPECT_EQ(made().get_typeof(name), 0U) << name << " in " << format;
        }
        // libvips gives a WebP a new block that holds its size and resolution.
        EXPECT_TRUE(made().get_typeof("exif-data") == 0 || format == "webp") << format;
        EXPECT_EQ(work_->content("made").find("secret place"), std::string::npos) << format;
        ASSERT_EQ(run_one(content, as + R"(,"metadata":"keep")").how, kind::completed);
        EXPECT_NE(made().get_typeof("xmp-data"), 0U) << format;
    }
    ASSERT_EQ(run_one(content, R"("metadata":"keep")").how, kind::completed);
    EXPECT_NE(made().get_typeof("exif-ifd0-Make"), 0U);
}

TEST_F(image_processing_test, stripping_a_colour_profile_keeps_the_colours) {
    auto wide = gradient(64, 64).copy();
    auto* profile = VImage::profile_load("p3");
    std::size_t size = 0;
    const auto* data = vips_blob_get(profile, &size);
    vips_image_set_blob_copy(wide.get_image(), VIPS_META_ICC_NAME, data, size);
    vips_area_unref(VIPS_AREA(profile));
    const auto content = encoded(wide, ".png");
    const auto expected =
        wide.icc_transform("srgb", VImage::option()->set("embedded", true)).getpoint(50, 20);
    ASSERT_GT(std::abs(expected[0] - wide.getpoint(50, 20)[0]), 8);
    for (const std::string steps : {"", R"(,"steps":[{"op":"thumbnail","width":64}])"}) {
        ASSERT_EQ(run_one(content, R"("format":"png")" + steps).how, kind::completed);
        EXPECT_EQ(made().get_typeof(VIPS_META_ICC_NAME), 0U);
        EXPECT_THAT(pixel(made(), 50, 20), near_colour(colour(expected.begin(), expected.end()), 2));
    }
    ASSERT_EQ(run_one(content, R"("format":"png","metadata":"keep")").how, kind::completed);
    EXPECT_NE(made().get_typeof(VIPS_META_ICC_NAME), 0U);
    EXPECT_EQ(made().getpoint(50, 20), wide.getpoint(50, 20));
}

TEST_F(image_processing_test, ink_becomes_light) {
    const auto content = encoded(gradient(64, 64).colourspace(VIPS_INTERPRETATION_CMYK), ".jpg");
    for (const std::string format : {"jpeg", "png"}) {
        ASSERT_EQ(run_one(content, R"("format":")" + format + "\"").how, kind::completed);
        EXPECT_EQ(made().bands(), 3);
        EXPECT_EQ(made().interpretation(), VIPS_INTERPRETATION_sRGB);
    }
    ASSERT_EQ(run_one(content, R"("steps":[{"op":"rotate","angle":10}])").how, kind::completed);
}

// Four frames of one grey each.
std::string animation(const std::string& suffix) {
    std::vector<VImage> frames;
    for (int i = 0; i < 4; ++i) {
        frames.push_back((VImage::black(40, 30, VImage::option()->set("bands", 3)) + 60 * i)
                             .cast(VIPS_FORMAT_UCHAR)
                             .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB)));
    }
    auto all = VImage::arrayjoin(frames, VImage::option()->set("across", 1)).copy();
    all.set("page-height", 30);
    all.set("delay", std::vector<int>{100, 200, 300, 400});
    void* data = nullptr;
    std::size_t size = 0;
    all.write_to_buffer(suffix.c_str(), &data, &size);
    std::string bytes(static_cast<const char*>(data), size);
    g_free(data);
    return bytes;
}

TEST_F(image_processing_test, animations_stay_animated_where_the_format_can) {
    for (const auto* from : {".gif", ".webp"}) {
        for (const std::string to : {"gif", "webp"}) {
            const auto done = run_one(
                animation(from),
                R"("format":")" + to +
                    R"(","steps":[{"op":"thumbnail","width":20},{"op":"rotate","angle":90}])"
            );
            ASSERT_EQ(done.how, kind::completed) << done.text;
            EXPECT_EQ(bj::parse(done.text).at("outputs").at(0).at("frames"), 4);
            const auto read =
                VImage::new_from_file(work_->kept[0].path.c_str(), VImage::option()->set("n", -1));
            EXPECT_EQ(read.width(), 15);
            EXPECT_EQ(read.height(), 4 * 20);
            EXPECT_EQ(read.get_int("page-height"), 20);
            EXPECT_EQ(read.get_array_int("delay"), (std::vector<int>{100, 200, 300, 400}));
            for (int i = 0; i < 4; ++i) {
                EXPECT_THAT(pixel(read, 7, i * 20 + 10), near_colour(colour{60 * i, 60 * i, 60 * i}, 4));
            }
        }
    }
}

TEST_F(image_processing_test, animations_become_their_first_frame_elsewhere) {
    for (const std::string members : {R"("format":"png")", R"("animated":false)"}) {
        const auto done = run_one(animation(".gif"), members);
        ASSERT_EQ(done.how, kind::completed) << done.text;
        EXPECT_EQ(bj::parse(done.text).at("input").at("frames"), 4);
        EXPECT_EQ(bj::parse(done.text).at("outputs").at(0).at("frames"), 1);
        EXPECT_EQ(made().height(), 30);
    }
}

TEST_F(image_processing_test, steps_follow_each_other) {
    const auto content = encoded(gradient(256, 256), ".png");
    const auto done = run_one(content, R"("steps":[{"op":"crop","left":0,"top":0,"width":128,"height":64},
        {"op":"flip","direction":"vertical"},{"op":"rotate","angle":90},{"op":"resize","width":32},
        {"op":"crop","width":16,"height":16,"position":"attention"}])");
    ASSERT_EQ(done.how, kind::completed) << done.text;
    EXPECT_EQ(made().width(), 16);
    EXPECT_EQ(made().height(), 16);
}

TEST_F(image_processing_test, an_artifact_of_another_task_is_a_source) {
    test_work current(R"({"source":{"taskId":1000,"artifact":"x.png"},"outputs":[{"name":"a"}]})");
    const auto done = make_handler(options_)->run(current);
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_EQ(done.text, "/source: no such file");
}

TEST_F(image_processing_test, reports_progress) {
    run_control control(nullptr, run_control::clock::now() + std::chrono::minutes(1));
    const auto done =
        run(encoded(noise(2000, 2000), ".png[compression=1]"),
            R"([{"name":"a","steps":[{"op":"rotate","angle":90}]}])",
            control);
    ASSERT_EQ(done.how, kind::completed);
    EXPECT_GT(control.progress(), 50);
}

}  // namespace
}  // namespace esm::tasks::image_processing
