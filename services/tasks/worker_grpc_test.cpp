// Leases, outcomes and fencing as workers see them.
#include "services/tasks/worker_grpc_fixture.hpp"

namespace esm::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(worker_grpc, a_task_is_leased_worked_on_and_completed) {
    const auto id = work_.add("resize", R"({"width":100})", "pictures");
    work_.add("other");
    auto asked = asking();
    asked.add_queues("pictures");
    const auto reply = leased(asked);
    ASSERT_EQ(reply.tasks_size(), 1);
    EXPECT_EQ(reply.lease_ms(), 30'000);
    const auto& held = reply.tasks(0);
    EXPECT_EQ(held.task_id(), id);
    EXPECT_EQ(held.parameters_json(), R"({"width":100})");
    EXPECT_EQ(held.attempt(), 1);
    EXPECT_EQ(held.time_left_ms(), 300'000);
    EXPECT_GT(held.deadline_us(), now_us() + 290'000'000);
    EXPECT_TRUE(leased(asked).tasks().empty());

    proto::HeartbeatRequest beat;
    name(*beat.add_items(), held);
    beat.mutable_items(0)->set_progress(40);
    beat.mutable_items(0)->set_message("half of it");
    proto::HeartbeatResponse pulse;
    ASSERT_TRUE(call(&stub_type::Heartbeat, beat, pulse).ok());
    EXPECT_THAT(pulse.pulses(), ElementsAre(proto::PULSE_OK));
    EXPECT_EQ(work_.get(id).row.progress, 40);

    proto::AppendLogRequest lines;
    name(lines, held);
    lines.add_lines()->set_text("first");
    lines.add_lines()->set_text(std::string(5000, 'x'));
    lines.mutable_lines(1)->set_severity(proto::LOG_SEVERITY_ERROR);
    proto::AppendLogResponse appended;
    ASSERT_TRUE(call(&stub_type::AppendLog, lines, appended).ok());
    const auto kept = work_.get(id).lines;
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[0].text, "half of it");
    EXPECT_EQ(kept[2].text.size(), 4096U);
    EXPECT_EQ(kept[2].severity, log_severity::error);

    proto::CompleteResponse completed;
    ASSERT_TRUE(call(&stub_type::Complete, completing(held), completed).ok());
    EXPECT_THAT(completed.pulses(), ElementsAre(proto::PULSE_OK));
    EXPECT_EQ(work_.get(id).row.status, task_status::completed);
    EXPECT_EQ(work_.get(id).row.result, "{\"n\":1}");
    ASSERT_TRUE(call(&stub_type::Complete, completing(held), completed).ok());
    EXPECT_THAT(completed.pulses(), ElementsAre(proto::PULSE_LOST)) << "it has ended";
}

TEST_F(worker_grpc, failures_are_tried_again_unless_they_are_final) {
    proto::FailRequest failing;
    proto::FailResponse none;
    const auto first = one();
    name(failing, first);
    failing.set_error_message("the printer is on fire");
    failing.set_retry_after_ms(5'000);
    ASSERT_TRUE(call(&stub_type::Fail, failing, none).ok());
    EXPECT_EQ(work_.get(first.task_id()).row.status, task_status::retrying);
    EXPECT_EQ(work_.get(first.task_id()).retry_after, 5s);
    EXPECT_EQ(work_.get(first.task_id()).row.error_message, "the printer is on fire");

    const auto second = one();
    name(failing, second);
    failing.clear_retry_after_ms();
    failing.set_final(true);
    ASSERT_TRUE(call(&stub_type::Fail, failing, none).ok());
    EXPECT_EQ(work_.get(second.task_id()).row.status, task_status::failed);
}

TEST_F(worker_grpc, a_cancelled_task_hears_of_it_and_ends_so) {
    const auto held = one();
    work_.cancel(held.task_id());
    proto::HeartbeatRequest beat;
    name(*beat.add_items(), held);
    proto::HeartbeatResponse pulse;
    ASSERT_TRUE(call(&stub_type::Heartbeat, beat, pulse).ok());
    EXPECT_THAT(pulse.pulses(), ElementsAre(proto::PULSE_CANCEL));
    proto::FailRequest failing;
    name(failing, held);
    failing.set_error_message("stopped");
    proto::FailResponse none;
    ASSERT_TRUE(call(&stub_type::Fail, failing, none).ok());
    EXPECT_EQ(work_.get(held.task_id()).row.status, task_status::cancelled);
}

TEST_F(worker_grpc, a_lost_lease_changes_nothing) {
    auto held = one();
    work_.lose(held.task_id());
    const auto again = leased(asking(1)).tasks(0);
    EXPECT_EQ(again.lease_token(), held.lease_token() + 1);
    const auto before = work_.versions();

    proto::HeartbeatRequest beat;
    name(*beat.add_items(), held);
    beat.mutable_items(0)->set_progress(99);
    beat.mutable_items(0)->set_message("still here");
    proto::HeartbeatResponse pulse;
    ASSERT_TRUE(call(&stub_type::Heartbeat, beat, pulse).ok());
    EXPECT_THAT(pulse.pulses(), ElementsAre(proto::PULSE_LOST));
    proto::CompleteResponse completed;
    ASSERT_TRUE(call(&stub_type::Complete, completing(held), completed).ok());
    EXPECT_THAT(completed.pulses(), ElementsAre(proto::PULSE_LOST));
    proto::ReleaseRequest giving;
    name(*giving.add_items(), held);
    proto::ReleaseResponse released;
    ASSERT_TRUE(call(&stub_type::Release, giving, released).ok());
    EXPECT_THAT(released.pulses(), ElementsAre(proto::PULSE_LOST));
    proto::FailRequest failing;
    name(failing, held);
    failing.set_error_message("too late");
    proto::FailResponse failed;
    auto status = call(&stub_type::Fail, failing, failed);
    EXPECT_EQ(status.error_code(), ::grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_THAT(status.error_message(), HasSubstr(std::to_string(held.task_id())));
    proto::AppendLogRequest lines;
    name(lines, held);
    lines.add_lines()->set_text("too late");
    proto::AppendLogResponse appended;
    status = call(&stub_type::AppendLog, lines, appended);
    EXPECT_EQ(status.error_code(), ::grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_EQ(work_.versions(), before);
    EXPECT_TRUE(work_.get(held.task_id()).lines.empty());
}

TEST_F(worker_grpc, what_is_released_is_there_for_the_next) {
    const auto held = one();
    proto::ReleaseRequest giving;
    name(*giving.add_items(), held);
    proto::ReleaseResponse released;
    ASSERT_TRUE(call(&stub_type::Release, giving, released).ok());
    EXPECT_THAT(released.pulses(), ElementsAre(proto::PULSE_OK));
    const auto again = leased(asking(1));
    ASSERT_EQ(again.tasks_size(), 1);
    EXPECT_EQ(again.tasks(0).lease_token(), held.lease_token() + 1);
}

TEST_F(worker_grpc, a_lease_waits_for_work) {
    auto asked = asking();
    asked.set_wait_ms(10'000);
    std::thread later([this] {
        std::this_thread::sleep_for(100ms);
        work_.add("resize");
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(leased(asked).tasks_size(), 1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    later.join();
    asked.set_wait_ms(100);
    EXPECT_TRUE(leased(asked).tasks().empty());
}

TEST_F(worker_grpc, a_lease_ends_when_its_caller_is_gone_or_the_server_stops) {
    auto asked = asking();
    asked.set_wait_ms(60'000);
    ::grpc::ClientContext with;
    with.AddMetadata("authorization", "Bearer worker");
    with.set_deadline(std::chrono::system_clock::now() + 65s);
    std::thread caller([&] {
        proto::LeaseResponse reply;
        EXPECT_EQ(stub_->Lease(&with, asked, &reply).error_code(), ::grpc::StatusCode::CANCELLED);
    });
    ASSERT_TRUE(esm::testing::eventually(5s, [this] { return work_.looks() > 2; }));
    with.TryCancel();
    caller.join();
    std::this_thread::sleep_for(100ms);
    const auto looks = work_.looks();
    work_.add("resize");
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(work_.looks(), looks) << "nobody looks any more";

    leased(asking());
    std::thread other([&] {
        proto::LeaseResponse reply;
        EXPECT_EQ(call(&stub_type::Lease, asked, reply).error_code(), ::grpc::StatusCode::UNAVAILABLE);
    });
    ASSERT_TRUE(esm::testing::eventually(5s, [&] { return work_.looks() > looks + 2; }));
    services_.begin_closing();
    other.join();
}

TEST_F(worker_grpc, an_answer_holds_what_fits_and_the_rest_is_given_back) {
    for (int i = 0; i < 5; ++i) work_.add("resize", "{\"x\":\"" + std::string(1'000'000, 'x') + "\"}");
    const auto first = leased(asking());
    EXPECT_EQ(first.tasks_size(), 3);
    EXPECT_EQ(leased(asking()).tasks_size(), 2);
}

TEST_F(worker_grpc, only_workers_and_services_come_in) {
    proto::LeaseResponse reply;
    const auto status_as = [&](const std::string& token) {
        return call(&stub_type::Lease, asking(), reply, token).error_code();
    };
    EXPECT_EQ(status_as("worker"), ::grpc::StatusCode::OK);
    EXPECT_EQ(status_as("service"), ::grpc::StatusCode::OK);
    EXPECT_EQ(status_as("user"), ::grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status_as(""), ::grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status_as("made up"), ::grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace esm::tasks
