// What a worker that lies gets: a status that names the field, and nothing is changed.
#include "services/tasks/worker_grpc_fixture.hpp"

namespace esm::tasks {
namespace {

TEST_F(worker_grpc, a_lease_that_breaks_a_rule_is_refused) {
    const auto with = [](auto change) {
        auto asked = asking();
        change(asked);
        return asked;
    };
    const auto check = [&](const std::string& what, auto change) {
        refused(&stub_type::Lease, with(change), proto::LeaseResponse(), what);
    };
    work_.add("resize");
    check("/worker", [](auto& asked) { asked.clear_worker(); });
    check("/worker", [](auto& asked) { asked.set_worker("a\nb"); });
    check("/worker", [](auto& asked) { asked.set_worker(std::string(129, 'a')); });
    check("/task_types", [](auto& asked) { asked.clear_task_types(); });
    check("/task_types/1: must be", [](auto& asked) { asked.add_task_types("No Good"); });
    check("/task_types/1: is built in", [](auto& asked) { asked.add_task_types("data_processing"); });
    check("/task_types: may have 100", [](auto& asked) {
        for (int i = 0; i < 100; ++i) asked.add_task_types("a");
    });
    check("/queues/0", [](auto& asked) { asked.add_queues(""); });
    check("/queues: may have 100", [](auto& asked) {
        for (int i = 0; i < 101; ++i) asked.add_queues("a");
    });
    for (const int max : {0, -1, 501}) check("/max", [max](auto& asked) { asked.set_max(max); });
    for (const int wait : {-1, 60'001}) check("/wait_ms", [wait](auto& asked) { asked.set_wait_ms(wait); });
}

TEST_F(worker_grpc, a_heartbeat_that_lies_is_refused_whole) {
    const auto held = one();
    const auto check = [&](const std::string& what, auto change) {
        proto::HeartbeatRequest asked;
        name(*asked.add_items(), held);
        asked.mutable_items(0)->set_progress(10);
        change(asked);
        refused(&stub_type::Heartbeat, asked, proto::HeartbeatResponse(), what);
    };
    check("/items: must have at least one", [](auto& asked) { asked.clear_items(); });
    check("/items/1/progress", [](auto& asked) {
        auto& second = *asked.add_items();
        second.set_task_id(7);
        second.set_lease_token(1);
        second.set_progress(200);
    });
    check("/items/0/progress", [](auto& asked) { asked.mutable_items(0)->set_progress(-1); });
    check("/items/0/task_id", [](auto& asked) { asked.mutable_items(0)->clear_task_id(); });
    check("/items/0/lease_token", [](auto& asked) { asked.mutable_items(0)->clear_lease_token(); });
    check("/items/1/task_id: is given twice", [](auto& asked) { *asked.add_items() = asked.items(0); });
    check("/items: may have 500", [](auto& asked) {
        for (int i = 0; i < 500; ++i) asked.add_items()->set_task_id(i + 5000);
    });
    check("/items/0/message", [](auto& asked) {
        asked.mutable_items(0)->set_message(std::string("a\0b", 3));
    });
}

TEST_F(worker_grpc, a_result_that_is_none_is_refused) {
    const auto held = one();
    const auto check = [&](const std::string& what, std::string json) {
        refused(&stub_type::Complete, completing(held, std::move(json)), proto::CompleteResponse(), what);
    };
    check("/items/0/result_json: is no JSON", "{");
    check("/items/0/result_json: is no JSON", "{\"a\":1,\"a\":2}");
    check("/items/0/result_json: may have 1000 bytes", '"' + std::string(result_max_bytes, 'x') + '"');
    auto two = completing(held);
    auto& second = *two.add_items();
    second.set_task_id(7);
    second.set_lease_token(1);
    second.set_result_json("nonsense");
    refused(&stub_type::Complete, two, proto::CompleteResponse(), "/items/1/result_json");

    proto::CompleteResponse reply;
    const auto huge = completing(held, '"' + std::string(10'000'000, 'x') + '"');
    EXPECT_EQ(call(&stub_type::Complete, huge, reply).error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
    ASSERT_TRUE(call(&stub_type::Complete, completing(held, ""), reply).ok());
    EXPECT_EQ(work_.get(held.task_id()).row.result, "null");
}

TEST_F(worker_grpc, a_failure_or_log_that_breaks_a_rule_is_refused) {
    const auto held = one();
    const auto check = [&](const std::string& what, auto change) {
        proto::FailRequest asked;
        name(asked, held);
        asked.set_error_message("why");
        change(asked);
        refused(&stub_type::Fail, asked, proto::FailResponse(), what);
    };
    check("/error_message", [](auto& asked) { asked.clear_error_message(); });
    check("/error_message", [](auto& asked) { asked.set_error_message(std::string("\0", 1)); });
    check("/task_id", [](auto& asked) { asked.set_task_id(-5); });
    check("/retry_after_ms", [](auto& asked) { asked.set_retry_after_ms(-1); });
    check("/retry_after_ms", [](auto& asked) { asked.set_retry_after_ms(86'400'001); });
    check("/retry_after_ms: a final", [](auto& asked) {
        asked.set_final(true);
        asked.set_retry_after_ms(1);
    });
    const auto check_log = [&](const std::string& what, auto change) {
        proto::AppendLogRequest asked;
        name(asked, held);
        asked.add_lines()->set_text("line");
        change(asked);
        refused(&stub_type::AppendLog, asked, proto::AppendLogResponse(), what);
    };
    check_log("/lines", [](auto& asked) { asked.clear_lines(); });
    check_log("/lines/1/text", [](auto& asked) { asked.add_lines(); });
    check_log("/lines/0/severity", [](auto& asked) {
        asked.mutable_lines(0)->set_severity(static_cast<proto::LogSeverity>(77));
    });
    check_log("/lease_token", [](auto& asked) { asked.clear_lease_token(); });
    check_log("/lines: may have 500", [](auto& asked) {
        for (int i = 0; i < 500; ++i) asked.add_lines()->set_text("x");
    });
    EXPECT_TRUE(work_.get(held.task_id()).lines.empty());
}

}  // namespace
}  // namespace esm::tasks
