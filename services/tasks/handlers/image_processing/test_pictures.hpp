// For tests of image_processing: pictures to give and the ones made read back, by libvips in the test itself.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vips/vips8>

#include "services/tasks/handlers/image_processing/image_processing.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::image_processing {

using kind = outcome::kind;
using vips::VImage;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ESM_SHADOWED 1
#endif
#endif

class image_test : public ::testing::Test {
protected:
    static void SetUpTestSuite() { ASSERT_EQ(VIPS_INIT("test"), 0); }

    // Red grows to the right, green downwards: a pixel tells where it came from.
    static VImage gradient(int width, int height) {
        const auto places = VImage::xyz(width, height).cast(VIPS_FORMAT_FLOAT);
        const auto red = places[0] * (255.0 / std::max(1, width - 1));
        const auto green = places[1] * (255.0 / std::max(1, height - 1));
        const auto blue = red * 0 + 128;
        return red.bandjoin(green)
            .bandjoin(blue)
            .cast(VIPS_FORMAT_UCHAR)
            .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
    }
    static VImage noise(int width, int height) {
        return VImage::gaussnoise(width, height, VImage::option()->set("mean", 128)->set("sigma", 60))
            .cast(VIPS_FORMAT_UCHAR);
    }

    // ".jpg", ".png[compression=1]", …
    static std::string encoded(const VImage& picture, const std::string& suffix) {
        void* data = nullptr;
        std::size_t size = 0;
        picture.write_to_buffer(suffix.c_str(), &data, &size);
        std::string bytes(static_cast<const char*>(data), size);
        g_free(data);
        return bytes;
    }

    outcome run(
        const std::string& content,
        const std::string& outputs,
        run_control& control = test_work::calm(),
        const std::string& more = ""
    ) {
        const auto parameters = R"({"source":{"fileId":1000},"outputs":)" + outputs + more + "}";
        work_ = std::make_unique<test_work>(parameters, control);
        // Neither the name nor the declared type is to be believed.
        work_->give_file(1000, "picture.txt", "text/plain", content);
        return make_handler(options_)->run(*work_);
    }

    // With one output of these members besides its name.
    outcome run_one(const std::string& content, const std::string& members, const std::string& more = "") {
        return run(content, R"([{"name":"made",)" + members + "}]", test_work::calm(), more);
    }

    // The picture of the output, which must have been made.
    VImage made(std::size_t index = 0) {
        const auto& path = work_->kept.at(index).path;
        return VImage::new_from_file(path.c_str());
    }

    static std::vector<int> pixel(const VImage& picture, int x, int y) {
        const auto values = picture.getpoint(x, y);
        return {values.begin(), values.end()};
    }

    options options_{ESM_IMAGE_WORKER, {}};
    std::unique_ptr<test_work> work_;
};

// Each band at most this far from what is expected: encoders lose a little.
MATCHER_P2(near_colour, expected, distance, "") {
    if (arg.size() < expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (std::abs(arg[i] - expected[i]) > distance) return false;
    }
    return true;
}

}  // namespace esm::tasks::image_processing
