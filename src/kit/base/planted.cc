#include "kit/base/planted.h"

#include "kit/base/check.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

/// Compiled into programs with planted bugs only (cmake/PlantedBugs.cmake).
namespace remit {
namespace {

using Named = std::pair<std::string_view, Bug>;

// Boost.Describe ends at 52.
#define NAMED(bug) Named(#bug, Bug::bug)
constexpr std::array kNames = {
    NAMED(SyncSkipped),
    NAMED(FailedSyncForgotten),
    NAMED(FailedSyncSaidRefused),
    NAMED(StaleEpochAccepted),
    NAMED(EpochReused),
    NAMED(TornTailTaken),
    NAMED(ChainUnlinked),
    NAMED(IndexSkipsCommit),
    NAMED(AckBeforeCommit),
    NAMED(ReadOfStagedState),
    NAMED(ReceiptDropped),
    NAMED(ReceiptOfAnotherRequest),
    NAMED(ReceiptForgottenEarly),
    NAMED(RefusalLeavesStates),
    NAMED(StagedStatesKept),
    NAMED(UnknownTakenForLost),
    NAMED(UnknownTakenForDurable),
    NAMED(VersionGap),
    NAMED(TimersForgottenAtStart),
    NAMED(TimerFiredInVain),
    NAMED(TimerFiredTwice),
    NAMED(CheckpointOffByOne),
    NAMED(RecoverySkipsLastCommit),
    NAMED(FlowCheckpointAhead),
    NAMED(KeyOrderLost),
    NAMED(TroubleOvertaken),
    NAMED(TroubleForgotten),
    NAMED(RetryNeverDue),
    NAMED(InFlightNeverEnds),
    NAMED(FinishUnsaid),
    NAMED(DeadLetterDropped),
    NAMED(RedrivePassesHeldKey),
    NAMED(ReadModelAhead),
    NAMED(NonceUnchecked),
    NAMED(BankSignatureUnchecked),
    NAMED(ReplayOutsideWindow),
    NAMED(NotFoundBelievedEarly),
    NAMED(LimitUnchecked),
    NAMED(TransferEndsTwice),
    NAMED(PostingUnbalanced),
    NAMED(PostedTwice),
    NAMED(SubmissionUnjournalled),
    NAMED(InterruptedForgotten),
    NAMED(UnknownRetriedWithNewKey),
    NAMED(UnknownTakenForRejected),
    NAMED(LateHandOverForgotten),
    NAMED(ExpiryWhileSubmitting),
    NAMED(OldStatusMovesBackwards),
    NAMED(ReservationKept),
    NAMED(SettledFromWrongAccount),
    NAMED(RefundsIgnored),
    NAMED(WebhookOrderLost),
    NAMED(WebhookIdChanges),
    NAMED(WebhookSignsOtherBytes),
    NAMED(WebhookSentAgain),
};
#undef NAMED

std::optional<Bug> chosen() {
  const char* name = std::getenv("REMIT_PLANT");
  if (name == nullptr || *name == '\0') return std::nullopt;
  const auto* const found =
      std::ranges::find(kNames, name, [](const auto& named) { return named.first; });
  CHECK(found != kNames.end(), "REMIT_PLANT={} is no planted bug; kit/base/planted.h lists them",
        name);
  return found->second;
}

}  // namespace

bool planted(Bug bug) {
  static const std::optional<Bug> kChosen = chosen();
  return kChosen == bug;
}

}  // namespace remit
