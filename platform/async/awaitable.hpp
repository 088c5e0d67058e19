// The coroutine type of the whole program and its completion token.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace esm {

namespace asio = boost::asio;

template <class T = void>
using awaitable = asio::awaitable<T>;

}  // namespace esm
