#include "kit/base/planted.h"

#include "kit/base/check.h"

#include <cstdlib>
#include <optional>
#include <string_view>

/// Compiled into programs with planted bugs only (cmake/PlantedBugs.cmake).
namespace remit {
namespace {

// Boost.Describe ends at 52. A bug without its name is a warning of the compiler's, and so an error.
#define NAMED(bug) \
  case Bug::bug:   \
    return #bug
constexpr std::string_view name_of(Bug bug) {
  switch (bug) {
    NAMED(SyncSkipped);
    NAMED(FailedSyncForgotten);
    NAMED(FailedSyncSaidRefused);
    NAMED(StaleEpochAccepted);
    NAMED(EpochReused);
    NAMED(TornTailTaken);
    NAMED(ChainUnlinked);
    NAMED(IndexSkipsCommit);
    NAMED(AckBeforeCommit);
    NAMED(ReadOfStagedState);
    NAMED(ReceiptDropped);
    NAMED(ReceiptOfAnotherRequest);
    NAMED(ReceiptForgottenEarly);
    NAMED(RefusalLeavesStates);
    NAMED(StagedStatesKept);
    NAMED(UnknownTakenForLost);
    NAMED(UnknownTakenForDurable);
    NAMED(VersionGap);
    NAMED(TimersForgottenAtStart);
    NAMED(TimerFiredInVain);
    NAMED(TimerFiredTwice);
    NAMED(CheckpointOffByOne);
    NAMED(RecoverySkipsLastCommit);
    NAMED(FlowCheckpointAhead);
    NAMED(KeyOrderLost);
    NAMED(TroubleOvertaken);
    NAMED(TroubleForgotten);
    NAMED(RetryNeverDue);
    NAMED(InFlightNeverEnds);
    NAMED(FinishUnsaid);
    NAMED(DeadLetterDropped);
    NAMED(RedrivePassesHeldKey);
    NAMED(ReadModelAhead);
    NAMED(NonceUnchecked);
    NAMED(BankSignatureUnchecked);
    NAMED(ReplayOutsideWindow);
    NAMED(NotFoundBelievedEarly);
    NAMED(LimitUnchecked);
    NAMED(TransferEndsTwice);
    NAMED(PostingUnbalanced);
    NAMED(PostedTwice);
    NAMED(SubmissionUnjournalled);
    NAMED(InterruptedForgotten);
    NAMED(UnknownRetriedWithNewKey);
    NAMED(UnknownTakenForRejected);
    NAMED(ThrottledCopyForgotten);
    NAMED(RefusedCopyBelieved);
    NAMED(ReplayForgotten);
    NAMED(HandOverLate);
    NAMED(LateHandOverForgotten);
    NAMED(ExpiryWhileSubmitting);
    NAMED(OldStatusMovesBackwards);
    NAMED(ReservationKept);
    NAMED(SettledFromWrongAccount);
    NAMED(RefundsIgnored);
    NAMED(ErasedWhileOpen);
    NAMED(ErasureForgotten);
    NAMED(SealedForTheClient);
    NAMED(WebhookOrderLost);
    NAMED(WebhookIdChanges);
    NAMED(WebhookSignsOtherBytes);
    NAMED(WebhookSentAgain);
  }
  return {};
}
#undef NAMED

std::optional<Bug> chosen() {
  const char* name = std::getenv("REMIT_PLANT");
  if (name == nullptr || *name == '\0') return std::nullopt;
  std::uint8_t bug = 0;
  while (name_of(Bug{bug}) != name) {
    CHECK(!name_of(Bug{bug}).empty(),
          "REMIT_PLANT={} is no planted bug; kit/base/planted.h lists them", name);
    ++bug;
  }
  return Bug{bug};
}

}  // namespace

bool planted(Bug bug) {
  static const std::optional<Bug> kChosen = chosen();
  return kChosen == bug;
}

}  // namespace remit
