#include "kit/engine/batch.h"

#include "kit/base/check.h"

#include <utility>

namespace remit::engine {

void Waiting::succeed() {
  if (command) {
    command(std::move(answer));
  } else {
    query(answer->position);
  }
}

void Waiting::refuse(const Error& error) {
  if (command) {
    command(std::unexpected(error));
  } else {
    query(std::unexpected(error));
  }
}

Batch::Batch(journal::Sequence sequence, Position first, Timestamp time) {
  commit_.sequence = sequence;
  commit_.first_position = first;
  commit_.time = time;
}

void Batch::rewind(const Mark& mark) {
  CHECK(mark.events <= commit_.events.size() && mark.causes <= commit_.causes.size(),
        "back to {} events of {}", mark.events, commit_.events.size());
  commit_.events.resize(mark.events);
  commit_.causes.resize(mark.causes);
  bytes_ = mark.bytes;
}

void Batch::add_event(journal::NewEvent event) {
  CHECK(event.cause < commit_.causes.size() && event.version > Version(), "{} of {}", event.type,
        event.stream.to_string());
  bytes_ += event.payload.size();
  commit_.events.push_back(std::move(event));
}

std::uint32_t Batch::add_cause(journal::Cause cause) {
  commit_.causes.push_back(std::move(cause));
  return static_cast<std::uint32_t>(commit_.causes.size() - 1);
}

void Batch::add_receipt(journal::Receipt receipt) {
  bytes_ += receipt.answer.size() + receipt.key.size();
  commit_.receipts.push_back(std::move(receipt));
}

}  // namespace remit::engine
