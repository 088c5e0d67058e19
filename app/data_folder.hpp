// The data folder of this process: created when missing, locked as long as this lives, so that two processes
// never share SQLite files or a mailbox.
#pragma once

#include <stdexcept>
#include <string>

namespace esm::app {

// The folder cannot be used; the message names it and says what to do.
class data_folder_unusable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class data_folder {
public:
    explicit data_folder(std::string path);
    ~data_folder();
    data_folder(const data_folder&) = delete;
    data_folder& operator=(const data_folder&) = delete;

    // The absolute path of a file in it.
    std::string file(std::string_view name) const;

private:
    std::string path_;
    int lock_{-1};
};

}  // namespace esm::app
