// Asks a server which services it has, as grpcurl does; for tests.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace esm {

// One request to the reflection stream, one answer.
class reflection_call final : public ::grpc::ClientBidiReactor<::grpc::ByteBuffer, ::grpc::ByteBuffer> {
public:
    explicit reflection_call(const std::shared_ptr<::grpc::Channel>& channel) : any_(channel) {
        any_.PrepareBidiStreamingCall(
            &call_,
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            ::grpc::StubOptions(),
            this
        );
        const ::grpc::Slice list_services("\x3a\x01*");
        request_ = ::grpc::ByteBuffer(&list_services, 1);
        StartWriteLast(&request_, ::grpc::WriteOptions());
        StartRead(&reply_);
        StartCall();
    }
    void OnDone(const ::grpc::Status& status) override { done_.set_value(status.ok()); }

    std::string services() {
        EXPECT_TRUE(done_.get_future().get());
        std::vector<::grpc::Slice> slices;
        EXPECT_TRUE(reply_.Dump(&slices).ok());
        std::string bytes;
        for (const auto& each : slices)
            bytes.append(reinterpret_cast<const char*>(each.begin()), each.size());
        return bytes;
    }

private:
    ::grpc::GenericStub any_;
    ::grpc::ClientContext call_;
    ::grpc::ByteBuffer request_, reply_;
    std::promise<bool> done_;
};

}  // namespace esm
