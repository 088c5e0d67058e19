// See failure_report.hpp.
#include "platform/db/failure_report.hpp"

#include "platform/db/failure.hpp"

namespace esm::db {

failure_report report(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const storage_full& cause) {
        return {errc::storage_full, cause.what()};
    } catch (const unavailable& cause) {
        return {errc::unavailable, cause.what()};
    } catch (const query_failed& cause) {
        return {cause.blames_text() ? errc::malformed_request : errc::internal, cause.what()};
    } catch (const std::exception& cause) {
        return {errc::internal, cause.what()};
    } catch (...) {
        return {errc::internal, "no exception of ours"};
    }
}

}  // namespace esm::db
