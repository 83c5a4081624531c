#include "http/cli/operate.hpp"

#include "config/errc.hpp"
#include "http/cli/bulk.hpp"

namespace herald {

std::string subscription_path(const std::string& id, const std::string& name) {
  return "/subscriptions/" + form_encoded(id) + name;
}

caf::expected<http_response>
operate(node_client& node, const std::string& method, const std::string& id,
        const std::string& name, const std::string& body) {
  node_request ask;
  ask.method = method;
  ask.target = subscription_path(id, name);
  ask.body = body;
  if (!body.empty())
    ask.fields = {{"Content-Type", "application/json"}};
  auto answer = persist(node, ask, false);
  if (answer && answer->status / 100 != 2)
    return fail(errc::refused, explain(*answer));
  return answer;
}

caf::expected<http_response> operate(const client_settings& to,
                                     const std::string& method,
                                     const std::string& id,
                                     const std::string& name,
                                     const std::string& body) {
  auto node = node_client::make(to);
  if (!node)
    return std::move(node.error());
  return operate(**node, method, id, name, body);
}

} // namespace herald
