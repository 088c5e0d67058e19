// See csv_marks.hpp.
#include "services/tasks/handlers/data/csv_marks.hpp"

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace esm::tasks::data {

namespace {

constexpr std::size_t chunk_bytes = 64;

// Bit i is set where byte i is `wanted`.
#ifdef __SSE2__
class chunk {
public:
    explicit chunk(const char* from) {
        for (int i = 0; i < 4; ++i) {
            parts_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + i);
        }
    }
    std::uint64_t where(char wanted) const {
        const auto pattern = _mm_set1_epi8(wanted);
        std::uint64_t mask = 0;
        for (unsigned i = 0; i < 4; ++i) {
            const auto bits = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(parts_[i], pattern)));
            mask |= static_cast<std::uint64_t>(bits) << (16U * i);
        }
        return mask;
    }

private:
    __m128i parts_[4];
};
#else
class chunk {
public:
    explicit chunk(const char* from) : from_(from) {}
    std::uint64_t where(char wanted) const {
        std::uint64_t mask = 0;
        for (unsigned i = 0; i < chunk_bytes; ++i) {
            mask |= static_cast<std::uint64_t>(from_[i] == wanted) << i;
        }
        return mask;
    }

private:
    const char* from_;
};
#endif

// Bit i is the parity of the bits up to i: set from an opening quote to before its closing one.
std::uint64_t inside(std::uint64_t quotes) {
    for (unsigned shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
    return quotes;
}

}  // namespace

void csv_marks::find(std::string_view text, char delimiter, bool has_quotes) {
    std::uint64_t open = 0;  // all ones where the chunk begins within quotes
    std::size_t count = 0;
    for (std::size_t base = 0; base < text.size(); base += chunk_bytes) {
        if (places_.size() < count + chunk_bytes) {
            places_.resize(std::max(places_.size() * 2, std::size_t{4096}));
        }
        const chunk here(text.data() + base);
        auto marks = here.where(delimiter) | here.where('\n');
        if (has_quotes) {
            const auto quoted = inside(here.where('"')) ^ open;
            open = (quoted >> 63U) != 0 ? ~std::uint64_t{0} : 0;
            marks &= ~quoted;
        }
        if (const auto left = text.size() - base; left < chunk_bytes) {
            marks &= (std::uint64_t{1} << left) - 1;
        }
        for (auto* out = places_.data() + count; marks != 0; marks &= marks - 1) {
            *out++ = static_cast<std::uint32_t>(base + static_cast<std::size_t>(std::countr_zero(marks)));
            ++count;
        }
    }
    count_ = count;
}

}  // namespace esm::tasks::data
