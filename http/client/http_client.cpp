#include "http/client/http_client.hpp"

#include "http/client/core.hpp"

#include <cassert>
#include <utility>

namespace herald {

caf::expected<std::shared_ptr<http_client>>
http_client::make(io_thread& io, client_options options) {
  auto tls = make_client_tls(options.ca_file);
  if (!tls)
    return std::move(tls.error());
  auto core = std::make_shared<client_core>(io.context(), std::move(options),
                                            std::move(*tls));
  return std::make_shared<http_client>(std::move(core));
}

http_client::http_client(std::shared_ptr<client_core> core)
  : core_(std::move(core)) {
  // nop
}

http_client::~http_client() {
  stop();
}

void http_client::post(post_listener who, std::vector<post_request> what) {
  core_->post(std::move(who), std::move(what));
}

void http_client::fetch(fetch_request what, fetch_handler done) {
  assert(what.to != nullptr);
  core_->fetch({std::move(what), std::move(done)});
}

void http_client::set_policy(address_policy policy) {
  core_->set_policy(std::move(policy));
}

void http_client::stop() {
  core_->stop();
}

const client_stats& http_client::stats() const {
  return core_->stats;
}

} // namespace herald
