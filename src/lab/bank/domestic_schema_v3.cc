#include "lab/bank/domestic_schema.h"
#include "lab/bank/schema_parts.h"

/// v3.1.11: text where v4.0 has lists, an old set of words, and a member of Risk that the standard itself misspells.
namespace remit::lab::bank {
namespace {

constexpr std::string_view kAddressTypes =
    "Business Correspondence DeliveryTo MailTo POBox Postal Residential Statement";
constexpr std::string_view kContexts =
    "BillingGoodsAndServicesInAdvance BillingGoodsAndServicesInArrears PispPayee "
    "EcommerceMerchantInitiatedPayment FaceToFacePointOfSale TransferToSelf TransferToThirdParty "
    "BillPayment EcommerceGoods EcommerceServices Other PartyToParty";

constexpr Schema kAddressLines = list_of(kText<70>, 7);
constexpr std::array kAddressFields{Field{"AddressType", &kOneOf<kAddressTypes>},
                                    Field{"Department", &kText<70>},
                                    Field{"SubDepartment", &kText<70>},
                                    Field{"StreetName", &kText<70>},
                                    Field{"BuildingNumber", &kText<16>},
                                    Field{"PostCode", &kText<16>},
                                    Field{"TownName", &kText<35>},
                                    Field{"CountrySubDivision", &kText<35>},
                                    Field{"Country", &kCountry},
                                    Field{"AddressLine", &kAddressLines}};
constexpr Schema kAddress = object_of(kAddressFields);
constexpr Schema kDeliveryLines = list_of(kText<70>, 2);
constexpr std::array kDeliveryFields{
    Field{"AddressLine", &kDeliveryLines}, Field{"StreetName", &kText<70>},
    Field{"BuildingNumber", &kText<16>},   Field{"PostCode", &kText<16>},
    Field{"TownName", &kText<35>, true},   Field{"CountrySubDivision", &kText<35>},
    Field{"Country", &kCountry, true}};
constexpr Schema kDelivery{.kind = Kind::Object, .fields = kDeliveryFields, .open = true};

constexpr std::array kDebtorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>}, Field{"SecondaryIdentification", &kText<34>}};
constexpr Schema kDebtorAccount = object_of(kDebtorFields);
constexpr std::array kCreditorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>, true}, Field{"SecondaryIdentification", &kText<34>}};
constexpr Schema kCreditorAccount = object_of(kCreditorFields);

constexpr std::array kRemittanceFields{Field{"Unstructured", &kText<140>},
                                       Field{"Reference", &kText<35>}};
constexpr Schema kRemittance = object_of(kRemittanceFields);

constexpr std::array kInitiationFields{Field{"InstructionIdentification", &kText<35>, true},
                                       Field{"EndToEndIdentification", &kText<35>, true},
                                       Field{"LocalInstrument", &kText<50>},
                                       Field{"InstructedAmount", &kAmount, true},
                                       Field{"DebtorAccount", &kDebtorAccount},
                                       Field{"CreditorAccount", &kCreditorAccount, true},
                                       Field{"CreditorPostalAddress", &kAddress},
                                       Field{"RemittanceInformation", &kRemittance},
                                       Field{"SupplementaryData", &kAnything}};
constexpr Schema kInitiation = object_of(kInitiationFields);

constexpr std::array kRiskFields{Field{"PaymentContextCode", &kOneOf<kContexts>},
                                 Field{"MerchantCategoryCode", &kText<4, 3>},
                                 Field{"MerchantCustomerIdentification", &kText<70>},
                                 Field{"ContractPresentInidicator", &kBoolean},
                                 Field{"BeneficiaryPrepopulatedIndicator", &kBoolean},
                                 Field{"PaymentPurposeCode", &kText<4, 3>},
                                 Field{"BeneficiaryAccountType", &kOneOf<kBeneficiaryTypes>},
                                 Field{"DeliveryAddress", &kDelivery}};
constexpr Schema kRisk = object_of(kRiskFields);

constexpr std::array kConsentDataFields{
    Field{"ReadRefundAccount", &kOneOf<kYesOrNo>}, Field{"Initiation", &kInitiation, true},
    Field{"Authorisation", &kAuthorisation}, Field{"SCASupportData", &kScaSupportData}};
constexpr Schema kConsentData = object_of(kConsentDataFields);
constexpr std::array kConsentFields{Field{"Data", &kConsentData, true},
                                    Field{"Risk", &kRisk, true}};
constexpr Schema kConsent = object_of(kConsentFields);

constexpr std::array kPaymentDataFields{Field{"ConsentId", &kText<128>, true},
                                        Field{"Initiation", &kInitiation, true}};
constexpr Schema kPaymentData = object_of(kPaymentDataFields);
constexpr std::array kPaymentFields{Field{"Data", &kPaymentData, true},
                                    Field{"Risk", &kRisk, true}};
constexpr Schema kPayment = object_of(kPaymentFields);

}  // namespace

const Schema& domestic_consent_schema_v3() {
  return kConsent;
}

const Schema& domestic_payment_schema_v3() {
  return kPayment;
}

}  // namespace remit::lab::bank
