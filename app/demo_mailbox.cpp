// See demo_mailbox.hpp. Reads just what our own mails are made of: unfolded headers, one text/plain part in
// quoted-printable (RFC 2045 section 6.7), base64 or as it is.
#include "app/demo_mailbox.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace esm::app {

namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    std::string all = text.str();
    all.erase(std::remove(all.begin(), all.end(), '\r'), all.end());
    return all;
}

std::string header(const std::string& mail, const std::string& name) {
    const auto head = "\n" + mail.substr(0, mail.find("\n\n"));
    const auto begin = head.find("\n" + name + ": ");
    if (begin == std::string::npos) return {};
    const auto value = begin + name.size() + 3;
    return head.substr(value, head.find('\n', value) - value);
}

std::string decode_quoted_printable(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=' || i + 1 >= text.size()) {
            plain += text[i];
        } else if (text[i + 1] == '\n') {
            ++i;
        } else if (i + 2 < text.size()) {
            plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        }
    }
    return plain;
}

std::string decode_base64(const std::string& text) {
    std::string plain(text.size(), '\0');
    std::size_t length = 0;
    const int variant = sodium_base64_VARIANT_ORIGINAL;
    auto* out = reinterpret_cast<unsigned char*>(plain.data());
    if (sodium_base642bin(out, plain.size(), text.data(), text.size(), "\n ", &length, nullptr, variant) !=
        0) {
        return text;
    }
    plain.resize(length);
    return plain;
}

std::string plain_part(const std::string& mail) {
    const auto part = mail.find("Content-Type: text/plain");
    if (part == std::string::npos) return {};
    const auto body = mail.find("\n\n", part) + 2;
    const auto text = mail.substr(body, mail.find("\n--", body) - body);
    // The part's encoding stands beside its type, in either order.
    const auto from = mail.rfind("\n--", part);
    const auto head = mail.substr(from == std::string::npos ? 0 : from, body - from);
    if (head.find("quoted-printable") != std::string::npos) return decode_quoted_printable(text);
    return head.find("base64") != std::string::npos ? decode_base64(text) : text;
}

}  // namespace

std::vector<received_mail> mails_to(const std::string& folder, const std::string& address) {
    std::vector<std::filesystem::path> files;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
        if (entry.path().extension() == ".eml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    std::vector<received_mail> mails;
    for (const auto& file : files) {
        const auto text = read_file(file);
        received_mail mail{
            header(text, "From"), header(text, "To"), header(text, "Subject"), plain_part(text)
        };
        if (mail.to.find(address) != std::string::npos) mails.push_back(std::move(mail));
    }
    return mails;
}

void print_mails(const std::vector<received_mail>& mails) {
    for (const auto& mail : mails) {
        std::cout << fmt::format(
            "\n     From: {}\n     To: {}\n     Subject: {}\n\n", mail.from, mail.to, mail.subject
        );
        std::istringstream lines(mail.text);
        for (std::string line; std::getline(lines, line);) std::cout << "     | " << line << '\n';
    }
    std::cout << '\n';
}

}  // namespace esm::app
