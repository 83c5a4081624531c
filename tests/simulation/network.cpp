#include "tests/simulation/process.hpp"

#include <algorithm>

// How the callbacks of a world answer. Named like a test so that it is built
// into the test program.

namespace herald::simulation {

namespace {

/// The value of `name: value` among the fields of a request.
std::string field_of(const std::string& text, const std::string& name) {
  auto at = text.find(name + ": ");
  if (at == std::string::npos)
    return {};
  at += name.size() + 2;
  return text.substr(at, text.find("\r\n", at) - at);
}

std::string parameter_of(const std::string& path, const std::string& name) {
  auto at = path.find(name + "=");
  if (at == std::string::npos)
    return {};
  at += name.size() + 1;
  return path.substr(at, path.find('&', at) - at);
}

} // namespace

const callback* world::find_callback(const std::string& authority) const {
  auto& all = plan_.callbacks;
  auto i = std::find_if(all.begin(), all.end(), [&](const callback& x) {
    return x.url == "http://" + authority + "/";
  });
  return i == all.end() ? nullptr : &*i;
}

http_outcome world::answer_of(const callback& who, milliseconds& delay) {
  auto time = time_.now - beginning;
  auto in_time = !healed_ && time >= who.from && time < who.until;
  delay = milliseconds{random_.between(0, random_.one_in(5) ? 100 : 5)};
  switch (who.how) {
    case manner::flaky:
      if (!healed_ && random_.one_in(3))
        return test::answered(500);
      break;
    case manner::down:
      if (in_time)
        return test::unanswered(failure::connect);
      break;
    case manner::hangs:
      if (in_time) {
        delay = plan_.settings.delivery.timeout;
        return test::unanswered(failure::timeout);
      }
      break;
    case manner::slow:
      if (!healed_)
        delay = milliseconds{random_.between(1, 9000)};
      break;
    case manner::busy:
      if (in_time) {
        auto result = test::answered(random_.one_in(2) ? 429 : 503);
        result.retry_after = std::to_string(random_.between(0, 40));
        return result;
      }
      break;
    case manner::gone:
      if (!healed_ && time >= who.from && random_.one_in(3))
        return test::answered(410);
      break;
    case manner::fine:
      break;
  }
  return test::answered(200);
}

std::optional<http_outcome> world::post(const post_request& what) {
  if (dead_)
    return std::nullopt;
  update_now();
  ++counted_.posts;
  arrival seen;
  auto id = subscription_id::parse(field_of(*what.head, "Herald-Subscription"));
  auto who = find_callback(what.to->authority);
  if (!id || who == nullptr) {
    oracle_.complain("a request to nobody");
    return std::nullopt;
  }
  seen.sub = *id;
  seen.at = {what.what->log, what.what->seq};
  seen.topic_key = parse_published_topic(what.what->topic)->key;
  seen.attempt = static_cast<uint32_t>(
    std::stoul(field_of(what.fields, "Herald-Attempt")));
  seen.horizon = what.what->accepted_at + plan_.settings.retry.max_age.count();
  if (seen.attempt > 1)
    ++counted_.retries;
  oracle_.arrived(seen, policies_.limit_of(seen.sub));
  if (auto why = policies_.judge(seen.sub); !why.empty())
    oracle_.complain(why + ": " + to_text(seen.at) + " for " + who->url);
  if (auto from = policies_.ordered_from(seen.sub, seen.at.first))
    oracle_.check_order(seen.sub, seen.at, *from);
  if (auto why = intents_.judge(
        seen.sub, field_of(what.fields, "X-Hub-Signature"), what.what->body);
      !why.empty())
    oracle_.complain(why + ": " + to_text(seen.at) + " for " + who->url);
  milliseconds delay{0};
  answer next;
  next.outcome = answer_of(*who, delay);
  next.index = process_->net.posts().size() - 1;
  next.sub = seen.sub;
  next.at = seen.at;
  auto& retry = plan_.settings.retry;
  auto entry = std::min<size_t>(seen.attempt, retry.schedule.size()) - 1;
  auto wait
    = static_cast<double>(retry.schedule[entry].count()) * (1 - retry.jitter);
  next.wait_ms = static_cast<int64_t>(wait);
  int64_t asked = 0;
  if (!next.outcome.retry_after.empty())
    asked = int64_t{1000} * std::stol(next.outcome.retry_after);
  next.wait_ms = std::max(next.wait_ms, asked);
  next.longest_wait_ms = std::max(
    asked,
    static_cast<int64_t>(wait / (1 - retry.jitter) * (1 + retry.jitter)) + 1);
  tell("post " + seen.sub.to_string().substr(0, 12) + " " + to_text(seen.at)
       + " attempt " + std::to_string(seen.attempt) + ": "
       + std::to_string(next.outcome.status) + " in "
       + std::to_string(delay.count()) + " ms");
  answers_.emplace(process_->now() + delay, std::move(next));
  return std::nullopt;
}

/// A callback confirms what it is asked, unless it is down.
std::optional<fetch_reply> world::fetch(const fetch_request& what) {
  if (dead_)
    return std::nullopt;
  update_now();
  auto who = find_callback(what.to->authority);
  if (who == nullptr) {
    oracle_.complain("a verification of nobody");
    return std::nullopt;
  }
  milliseconds delay{0};
  answer next;
  next.is_fetch = true;
  next.index = process_->net.fetches().size() - 1;
  next.reply.outcome = answer_of(*who, delay);
  next.reply.body = parameter_of(what.path, "hub.challenge");
  next.callback = who->url;
  next.lease = parameter_of(what.path, "hub.lease_seconds");
  answers_.emplace(process_->now() + delay, std::move(next));
  return std::nullopt;
}

void world::release(answer& what) {
  if (what.is_fetch && what.reply.outcome.status / 100 == 2)
    intents_.confirmed(what.callback, what.lease);
  if (what.is_fetch)
    return process_->net.release_fetch(what.index, std::move(what.reply));
  auto status = what.outcome.status;
  tell("answer " + what.sub.to_string().substr(0, 12) + " " + to_text(what.at));
  counted_.deliveries += status / 100 == 2 ? 1 : 0;
  if (status / 100 == 2)
    policies_.succeeded(what.sub);
  if (status == 429)
    policies_.too_many(what.sub);
  oracle_.answered(what.sub, what.at, status,
                   status / 100 == 2 ? 0 : what.wait_ms, what.longest_wait_ms);
  process_->net.release_post(what.index, std::move(what.outcome));
}

} // namespace herald::simulation
