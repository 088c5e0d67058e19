// How a worker talks to the task service: one channel, an access token that is renewed by itself, and answers
// told apart by what the worker has to do about them. Blocking; any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "eventstreammonitor/tasks/v1/workers.grpc.pb.h"
#include "platform/grpc/peer.hpp"

namespace esm::app {

struct link_options {
    std::string server;  // "host:port" of the task service's gRPC interface
    grpc_client::tls_files tls;
    std::string token_url;
    std::string client_id, client_secret;
};

enum class verdict : std::uint8_t {
    done,
    lost,     // the lease does not hold: nothing was changed
    refused,  // the same call will be refused again; `why` says what to mend
    away      // nobody answers at the moment: worth another try
};

struct call_answer {
    verdict how{verdict::done};
    std::string why;
};

class worker_link {
public:
    using stub_type = ::eventstreammonitor::tasks::v1::WorkerService::Stub;

    // Throws std::invalid_argument for a server that is no host:port, std::runtime_error for files that
    // cannot be read.
    explicit worker_link(link_options options);

    // `call` may be cancelled from another thread while it lasts.
    template <class Method, class Request, class Reply>
    call_answer ask(
        Method method,
        const Request& request,
        Reply& reply,
        std::chrono::milliseconds patience,
        ::grpc::ClientContext& call
    ) {
        auto token = access_token();
        if (token.answer.how != verdict::done) return token.answer;
        call.set_deadline(std::chrono::system_clock::now() + patience);
        call.AddMetadata("authorization", "Bearer " + token.text);
        const auto status = ((*stub_).*method)(&call, request, &reply);
        return read(status, call, token.text);
    }

    // Once more where the token was not good any longer.
    template <class Method, class Request, class Reply>
    call_answer ask(Method method, const Request& request, Reply& reply, std::chrono::milliseconds patience) {
        ::grpc::ClientContext first;
        auto answer = ask(method, request, reply, patience, first);
        if (!renewed_for(answer)) return answer;
        ::grpc::ClientContext second;
        return ask(method, request, reply, patience, second);
    }

private:
    struct token {
        std::string text;
        std::chrono::steady_clock::time_point good_until;
        call_answer answer;
    };

    token access_token();
    token ask_for_token() const;
    call_answer read(
        const ::grpc::Status& status, const ::grpc::ClientContext& call, const std::string& token_used
    );
    static bool renewed_for(const call_answer& answer);

    const link_options options_;
    std::unique_ptr<stub_type> stub_;
    std::mutex mutex_;
    token held_;
};

}  // namespace esm::app
