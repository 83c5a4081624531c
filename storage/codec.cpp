#include "storage/codec_internal.hpp"

namespace herald::codec {

std::string encode(const event_meta& what, size_t body_size) {
  std::string result;
  auto out = begin(result, 64 + what.id.size() + what.topic.size()
                             + what.content_type.size() + what.self.size());
  out.text(what.id)
    .text(what.topic)
    .text(what.content_type)
    .text(what.self)
    .number(static_cast<uint64_t>(what.accepted_at))
    .number(static_cast<uint32_t>(body_size))
    .number(static_cast<uint32_t>(what.fields.size()));
  for (const auto& [name, value] : what.fields)
    out.text(name).text(value);
  return result;
}

caf::expected<event_meta> decode_event(std::string_view record) {
  return decode<event_meta>(record, [](byte_reader& in, event_meta& out) {
    out.id = read_string(in);
    out.topic = read_string(in);
    out.content_type = read_string(in);
    out.self = read_string(in);
    out.accepted_at = read_signed(in);
    out.body_size = in.number<uint32_t>();
    out.fields = read_list<field>(in, 8, read_field);
  });
}

std::string_view body_prefix() {
  return {body_version, sizeof(body_version)};
}

caf::expected<std::string_view> decode_body(std::string_view record) {
  if (auto err = check_version(record))
    return err;
  return record.substr(1);
}

std::string encode(const lag& what) {
  std::string result;
  begin(result, 25).number(what.after).number(what.until).number(what.resume);
  return result;
}

caf::expected<lag> decode_lag(std::string_view record) {
  return decode<lag>(record, [](byte_reader& in, lag& out) {
    out.after = in.number<sequence>();
    out.until = in.number<sequence>();
    out.resume = in.number<sequence>();
  });
}

std::string encode(const condition& what) {
  std::string result;
  begin(result, 33)
    .number(what.failures)
    .number(static_cast<uint64_t>(what.since))
    .number(static_cast<uint64_t>(what.last_attempt))
    .number(static_cast<uint64_t>(what.open_until))
    .number(what.probes);
  return result;
}

caf::expected<condition> decode_condition(std::string_view record) {
  return decode<condition>(record, [](byte_reader& in, condition& out) {
    out.failures = in.number<uint32_t>();
    out.since = read_signed(in);
    out.last_attempt = read_signed(in);
    out.open_until = read_signed(in);
    out.probes = in.number<uint32_t>();
  });
}

std::string encode(const job& what) {
  std::string result;
  begin(result, 13)
    .number(what.attempt)
    .number(static_cast<uint64_t>(what.due));
  return result;
}

caf::expected<job> decode_job(std::string_view record) {
  return decode<job>(record, [](byte_reader& in, job& out) {
    out.attempt = in.number<uint32_t>();
    out.due = read_signed(in);
  });
}

std::string encode(const attempt_record& what) {
  std::string result;
  begin(result, 12 + what.excerpt.size())
    .number(what.duration_ms)
    .number(what.status)
    .number(number_of(what.why))
    .text(what.excerpt);
  return result;
}

caf::expected<attempt_record> decode_attempt(std::string_view record) {
  return decode<attempt_record>(record,
                                [](byte_reader& in, attempt_record& out) {
                                  out.duration_ms = in.number<uint32_t>();
                                  out.status = in.number<uint16_t>();
                                  out.why = read_failure(in);
                                  out.excerpt = read_string(in);
                                });
}

std::string encode(const dead_letter& what) {
  std::string result;
  begin(result, 24)
    .number(what.up_to)
    .number(static_cast<uint64_t>(what.at))
    .number(what.attempts)
    .number(what.status)
    .number(number_of(what.why));
  return result;
}

caf::expected<dead_letter> decode_dead(std::string_view record) {
  return decode<dead_letter>(record, [](byte_reader& in, dead_letter& out) {
    out.up_to = in.number<uint64_t>();
    out.at = read_signed(in);
    out.attempts = in.number<uint32_t>();
    out.status = in.number<uint16_t>();
    out.why = read_failure(in);
  });
}

std::string encode(const ping& what) {
  std::string result;
  auto out = begin(result, 26);
  out.number(static_cast<uint64_t>(what.since))
    .number(what.attempts)
    .number(static_cast<uint64_t>(what.due));
  if (what.hops > 0 || what.followed)
    out.number(what.hops).number(uint8_t{what.followed});
  return result;
}

caf::expected<ping> decode_ping(std::string_view record) {
  return decode<ping>(record, [](byte_reader& in, ping& out) {
    out.since = read_signed(in);
    out.attempts = in.number<uint32_t>();
    out.due = read_signed(in);
    if (in.left() == 0)
      return;
    out.hops = in.number<uint32_t>();
    out.followed = read_bool(in);
  });
}

std::string encode(const topic_content& what) {
  std::string result;
  begin(result, 25 + what.etag.size() + what.last_modified.size()
                  + what.digest.size() + what.self_url.size())
    .number(what.changes)
    .text(what.etag)
    .text(what.last_modified)
    .text(what.digest)
    .text(what.self_url);
  return result;
}

caf::expected<topic_content> decode_content(std::string_view record) {
  return decode<topic_content>(record, [](byte_reader& in, topic_content& out) {
    out.changes = in.number<uint64_t>();
    out.etag = read_string(in);
    out.last_modified = read_string(in);
    out.digest = read_string(in);
    if (in.left() > 0) {
      out.self_url = read_string(in);
    } else { // An older record: what a 304 would leave out is not known.
      out.etag.clear();
      out.last_modified.clear();
    }
  });
}

std::string encode(const store_shape& what) {
  std::string result;
  begin(result, 9)
    .number(uint32_t{what.logs})
    .number(uint32_t{what.partitions});
  return result;
}

caf::expected<store_shape> decode_shape(std::string_view record) {
  return decode<store_shape>(record, [](byte_reader& in, store_shape& out) {
    out.logs = in.number<uint32_t>();
    out.partitions = in.number<uint32_t>();
  });
}

std::string encode(const event_place& what) {
  std::string result;
  begin(result, 9 + what.digest.size()).number(what.seq).raw(what.digest);
  return result;
}

caf::expected<event_place> decode_place(std::string_view record) {
  return decode<event_place>(record, [](byte_reader& in, event_place& out) {
    out.seq = in.number<sequence>();
    out.digest = in.raw(in.left());
  });
}

std::string encode_number(uint64_t what) {
  std::string result;
  begin(result, 9).number(what);
  return result;
}

caf::expected<uint64_t> decode_number(std::string_view record) {
  return decode<uint64_t>(record, [](byte_reader& in, uint64_t& out) {
    out = in.number<uint64_t>();
  });
}

} // namespace herald::codec
