// See outbox.hpp.
#include "platform/outbox/outbox.hpp"

#include "platform/outbox/sql.hpp"

namespace esm::outbox {

outbox::outbox(std::function<void()> wake) : wake_(std::move(wake)) {}

void outbox::append(db::transaction& tx, events::event one) const {
    std::vector<events::event> many;
    many.push_back(std::move(one));
    append(tx, std::move(many));
}

void outbox::append(db::transaction& tx, std::vector<events::event> many) const {
    if (many.empty()) return;
    db::text_list topics, keys, attributes, payloads;
    for (auto* each : {&topics, &keys, &attributes, &payloads}) each->reserve(many.size());
    for (auto& each : many) {
        attributes.push_back(events::encode_attributes(each));
        topics.push_back(std::move(each.topic));
        keys.push_back(std::move(each.key));
        payloads.push_back(std::move(each.data));
    }
    db::integer_list created_at(many.size(), now_us());
    tx.exec_bulk(
        sql::insert_events,
        {std::move(topics), std::move(keys), std::move(attributes), std::move(payloads), std::move(created_at)
        }
    );
    tx.after_commit(wake_);
}

}  // namespace esm::outbox
