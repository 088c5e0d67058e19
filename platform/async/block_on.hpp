// runtime::block_on, apart because it needs std::future.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "platform/async/runtime.hpp"

namespace esm::async {

template <class T>
T runtime::block_on(awaitable<T> work) {
    return asio::co_spawn(at(0), std::move(work), asio::use_future).get();
}

}  // namespace esm::async
