// check_password_strength of password.hpp: zxcvbn (Wheeler, USENIX Security 2016) with its dictionaries of
// common passwords.
#include <zxcvbn.h>

#include <algorithm>
#include <cctype>

#include "platform/security/password.hpp"

namespace esm::security {

namespace {

// Score 2 of zxcvbn begins at 10^6 guesses.
constexpr double score_2_bits = 19.93;
// The estimate's cost grows with the square of the length, and what 100 characters cannot show, more do not.
constexpr std::size_t judged_max_bytes = 100;
constexpr std::size_t hint_words_max = 32;
constexpr std::size_t hint_word_min_bytes = 3;

// The hints and the words they are made of: "Ada.Lovelace@mail.example" also gives ada, lovelace, mail and
// example.
std::vector<std::string> words_of(const std::vector<std::string>& hints) {
    std::vector<std::string> words;
    const auto add = [&words](std::string word) {
        if (word.size() >= hint_word_min_bytes && words.size() < hint_words_max)
            words.push_back(std::move(word));
    };
    for (const auto& hint : hints) {
        std::string lower = hint.substr(0, judged_max_bytes);
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
            return std::tolower(c);
        });
        add(lower);
        std::string word;
        for (const unsigned char c : lower + ' ') {
            if (std::isalnum(c) != 0 || c >= 0x80) {
                word += static_cast<char>(c);
            } else {
                add(std::exchange(word, {}));
            }
        }
    }
    return words;
}

std::string_view reason_of(int type) {
    switch (type & ~MULTIPLE_MATCH) {
        case DICTIONARY_MATCH:
        case DICT_LEET_MATCH:
            return "it is made of common words or passwords";
        case USER_MATCH:
        case USER_LEET_MATCH:
            return "it is made of your own name or address";
        case REPEATS_MATCH:
            return "it repeats itself";
        case SEQUENCE_MATCH:
            return "it is a sequence of characters";
        case SPATIAL_MATCH:
            return "it is a row of neighbouring keys";
        case DATE_MATCH:
        case YEAR_MATCH:
            return "it is made of a date";
        default:
            return "it is too short or too simple";
    }
}

// The kind of the match that covers most of the password.
std::string_view main_reason(const ZxcMatch_t* match) {
    int type = BRUTE_MATCH;
    int longest = 0;
    for (; match != nullptr; match = match->Next) {
        if (match->Length <= longest) continue;
        longest = match->Length;
        type = match->Type;
    }
    return reason_of(type);
}

}  // namespace

result<void> check_password_strength(const std::string& password, const std::vector<std::string>& hints) {
    const auto words = words_of(hints);
    std::vector<const char*> dictionary;
    for (const auto& word : words) dictionary.push_back(word.c_str());
    dictionary.push_back(nullptr);
    ZxcMatch_t* matches = nullptr;
    const std::string judged = password.substr(0, judged_max_bytes);
    const double bits = ZxcvbnMatch(judged.c_str(), dictionary.data(), &matches);
    const std::string_view reason = main_reason(matches);
    ZxcvbnFreeInfo(matches);
    if (bits >= score_2_bits) return {};
    return fail(errc::weak_password, "the password is easy to guess: " + std::string(reason));
}

}  // namespace esm::security
