// What a database throws: the environment is broken, or a statement is. Expected outcomes (a duplicate name)
// are not exceptions: statements say ON CONFLICT DO NOTHING and the store looks at the rows.
#pragma once

#include <stdexcept>
#include <string>

namespace esm::db {

// No connection, connection lost, or the deadline passed while waiting: 503 to a client. Whether a commit
// that was in flight took effect is not known.
class unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The disk or a quota is full: 507 to a client.
class storage_full : public unavailable {
public:
    using unavailable::unavailable;
};

// The statement failed; `sqlstate` is five characters ("23505"), SQLite's codes are mapped to the nearest
// one.
class query_failed : public std::runtime_error {
public:
    query_failed(std::string sqlstate, const std::string& message)
        : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}
    const std::string& sqlstate() const { return sqlstate_; }
    // Serialization failure, deadlock, busy: the same transaction may succeed when run again.
    bool retryable() const { return sqlstate_ == "40001" || sqlstate_ == "40P01" || sqlstate_ == "55P03"; }
    // A row with this key is there already.
    bool is_duplicate() const { return sqlstate_ == "23505"; }

    // The data made it fail (SQLSTATE classes: cardinality, data exception, integrity constraint, check
    // option, program limit). Anything else, such as a read-only standby or a missing table, is no fault of
    // the data.
    bool blames_data() const {
        return sqlstate_.starts_with("21") || sqlstate_.starts_with("22") || sqlstate_.starts_with("23") ||
               sqlstate_.starts_with("44") || sqlstate_.starts_with("54");
    }
    // A text that no database can hold (U+0000, broken UTF-8): the caller's mistake, not ours.
    bool blames_text() const { return sqlstate_ == "22021"; }

private:
    std::string sqlstate_;
};

}  // namespace esm::db
