// See client_tokens.hpp.
#include "services/auth/client_tokens.hpp"

#include "platform/base/random.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

client_tokens::client_tokens(
    async::runtime& runtime, db::database& database, const token_issuer& issuer, const config& settings
)
    : issuer_(issuer),
      settings_(settings),
      batches_(
          runtime,
          database,
          [](db::transaction& tx, std::vector<session>& granted) -> awaitable<std::vector<bool>> {
              session_store::insert_of_clients(tx, granted);
              co_return std::vector<bool>(granted.size(), true);
          },
          {}
      ) {}

awaitable<result<issued_tokens>> client_tokens::run(
    const context& ctx, const oauth_client& to, std::vector<std::string> scopes
) {
    session granted;
    granted.session_id = make_uuid();
    granted.client_id = to.client_id;
    granted.scopes = std::move(scopes);
    granted.created_at = now_us();
    granted.expires_at = granted.created_at + settings_.access_token_lifetime * 1000;
    auto access = issuer_.access_token(granted, granted.created_at);
    if (!access) co_return access.error();
    const auto written = co_await batches_.submit(std::move(granted), ctx.until);
    if (!written) co_return written.error();
    co_return issued_tokens{std::move(*access), {}, issuer_.access_lifetime_s()};
}

}  // namespace esm::auth
