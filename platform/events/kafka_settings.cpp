// See kafka_settings.hpp.
#include "platform/events/kafka_settings.hpp"

#include <initializer_list>
#include <stdexcept>
#include <utility>

#include "platform/observe/log.hpp"

namespace esm::events {

namespace {

using setting = std::pair<const char*, const char*>;

void set(RdKafka::Conf& conf, const std::string& name, const std::string& value) {
    std::string why;
    if (conf.set(name, value, why) != RdKafka::Conf::CONF_OK) throw std::invalid_argument("kafka: " + why);
}

std::unique_ptr<RdKafka::Conf> make(const kafka_options& given, std::initializer_list<setting> ours) {
    std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
    set(*conf, "bootstrap.servers", given.brokers);
    set(*conf, "client.id", given.client_id);
    set(*conf, "log.connection.close", "false");
    set(*conf, "log_level", "4");
    set(*conf, "socket.nagle.disable", "true");
    set(*conf, "socket.keepalive.enable", "true");
    set(*conf, "reconnect.backoff.ms", "50");
    set(*conf, "reconnect.backoff.max.ms", "1000");
    set(*conf, "allow.auto.create.topics", "true");
    for (const auto& [name, value] : ours) set(*conf, name, value);
    for (const auto& [name, value] : given.librdkafka) set(*conf, name, value);
    return conf;
}

}  // namespace

void kafka_complaints::event_cb(RdKafka::Event& what) {
    const bool is_error = what.type() == RdKafka::Event::EVENT_ERROR;
    if (is_error && what.fatal()) fatal_ = true;
    if (!is_error && what.type() != RdKafka::Event::EVENT_LOG) return;
    const auto now = std::chrono::steady_clock::now();
    const bool silent = now < silent_until_ && !fatal_;
    if (!silent) silent_until_ = now + std::chrono::seconds(10);
    observe::log(
        silent ? observe::level::debug : observe::level::warn,
        "kafka client reports",
        {{"client", who_}, {"error", is_error ? RdKafka::err2str(what.err()) + ": " + what.str() : what.str()}
        }
    );
}

// How large a message may be is for the broker to say: what could be consumed must fit the dead letters too.
// A message never times out by itself: when one would, librdkafka starts a new sequence and sends the later
// ones, which could then stand before it. kafka_producer purges everything at once instead.
std::unique_ptr<RdKafka::Conf> producer_settings(const kafka_options& given) {
    return make(
        given,
        {{"enable.idempotence", "true"},
         {"acks", "all"},
         {"message.timeout.ms", "0"},
         {"message.max.bytes", "16777216"},
         {"linger.ms", "2"},
         {"compression.codec", "lz4"},
         {"partitioner", "murmur2_random"},
         {"queue.buffering.max.messages", "100000"},
         {"queue.buffering.max.kbytes", "131072"}}
    );
}

// With queued.min.messages reached, librdkafka 2.0 pauses fetching for a full second, so the queue must
// outlast that. An answer brings as much of each partition as fetch.message.max.bytes says, besides what is
// queued.
std::unique_ptr<RdKafka::Conf> consumer_settings(const kafka_options& given, const std::string& group) {
    auto conf = make(
        given,
        {{"enable.auto.commit", "false"},
         {"enable.auto.offset.store", "false"},
         {"auto.offset.reset", "earliest"},
         {"partition.assignment.strategy", "range"},
         {"session.timeout.ms", "6000"},
         {"heartbeat.interval.ms", "1500"},
         {"topic.metadata.refresh.interval.ms", "2000"},
         {"fetch.error.backoff.ms", "100"},
         {"queued.min.messages", "50000"},
         {"queued.max.messages.kbytes", "3072"},
         {"fetch.message.max.bytes", "131072"}}
    );
    set(*conf, "group.id", group);
    return conf;
}

}  // namespace esm::events
