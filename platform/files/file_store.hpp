// Where the bytes of files are kept: objects under keys, each written once, whole, and never changed. Two
// drivers (a local folder, any S3-compatible store) and one contract suite. Every call blocks and belongs on
// a pool thread, never on a shard. Made by a service, lives as long as it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace esm::files {

// The store is away (errc::unavailable), full (errc::storage_full), or has not what it should
// (errc::internal). The text is for logs.
class store_failure : public std::runtime_error {
public:
    store_failure(errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
    errc code() const { return code_; }

private:
    errc code_;
};

// One object that is being written; by one thread at a time.
class writer {
public:
    virtual ~writer() = default;  // without suspend() or finish() nothing is kept
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    virtual void append(std::string_view bytes) = 0;
    // Makes durable what was appended and answers a text that file_store::resume goes on from, also in
    // another process. More may be appended. The text before is good until the next call, so it may be stored
    // meanwhile.
    virtual std::string suspend() = 0;
    // The object is durable and there for readers. The same again, also after resume, changes nothing.
    virtual void finish() = 0;

protected:
    writer() = default;
};

class reader {
public:
    virtual ~reader() = default;
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    // The next bytes, at most `max_bytes`; empty at the end.
    virtual std::string read(std::size_t max_bytes) = 0;

protected:
    reader() = default;
};

class file_store {
public:
    virtual ~file_store() = default;
    file_store() = default;
    file_store(const file_store&) = delete;
    file_store& operator=(const file_store&) = delete;

    // Of a key that was never used.
    virtual std::unique_ptr<writer> create(const std::string& key) = 0;
    // Goes on where `state`, an answer of suspend(), says; what was appended after it is dropped. Null while
    // another writer is known to be at work. Who cannot be known of spoils no object: it cannot finish any
    // more.
    virtual std::unique_ptr<writer> resume(const std::string& key, const std::string& state) = 0;
    // `count` bytes from `offset` on, which the object must have.
    virtual std::unique_ptr<reader> open(
        const std::string& key, std::uint64_t offset, std::uint64_t count
    ) = 0;
    // The object, and whatever an unfinished writer has left. Nothing there is fine.
    virtual void remove(const std::string& key) = 0;
    // The object as a file of this machine, where the store keeps it so: to be read only.
    virtual std::optional<std::filesystem::path> local_path(const std::string& key) const = 0;
    // Throws store_failure that says why the store cannot be used.
    virtual void check() = 0;
};

// 32 random hexadecimal digits.
std::string make_key();

}  // namespace esm::files
