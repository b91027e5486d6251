#include "kit/journal/journal.h"

namespace remit::journal {

Result<EventPage> Journal::read_wanted(PartitionId partition, Position from, ReadLimits limits,
                                       const TypeFilter& wanted) {
  EventPage page{.events = TRY(read(partition, from, limits)), .through = {}, .more = false};
  page.more = !page.events.empty();
  if (page.more) page.through = page.events.back().position;
  std::erase_if(page.events, [&](const Event& event) { return !wanted(event.type); });
  return page;
}

}  // namespace remit::journal
