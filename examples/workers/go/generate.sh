#!/bin/sh
# Makes workersv1 from the contract, with the generators of go.mod; needs protoc. PROTO is the folder of the contract.
set -eu
proto=${PROTO:-../../../contracts/proto}
go build -o bin/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
mapped=Meventstreammonitor/tasks/v1/workers.proto=example.org/worker/workersv1
PATH="$PWD/bin:$PATH" exec protoc -I "$proto" --go_out=. --go-grpc_out=. \
    --go_opt="module=example.org/worker,$mapped" --go-grpc_opt="module=example.org/worker,$mapped" \
    eventstreammonitor/tasks/v1/workers.proto
