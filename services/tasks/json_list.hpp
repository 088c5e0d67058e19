// The items of a list within a JSON object, while its text arrives in pieces: for exports, which are one
// object over many pages. Trusts that the text is JSON, since our own services wrote it. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace esm::tasks {

class json_list {
public:
    // Takes a piece of an item, in one line, then true with its last piece.
    using take_piece = std::function<void(std::string_view piece, bool last)>;

    // `member` names the list at the object's top level; its items are objects.
    json_list(std::string member, take_piece take) : member_(std::move(member)), take_(std::move(take)) {}

    void push(std::string_view text);
    // Whether the object ended, so that no item is missing.
    bool complete() const { return begun_ && depth_ == 0; }

private:
    void push_quoted(char next);
    void push_plain(char next);
    bool in_item() const { return in_list_ && depth_ > item_depth; }

    static constexpr int item_depth = 2;  // of the list's own items: object, list

    const std::string member_;
    const take_piece take_;
    std::string key_;
    std::string item_;
    int depth_{0};
    bool begun_{false}, quoted_{false}, escaped_{false}, in_list_{false};
};

}  // namespace esm::tasks
