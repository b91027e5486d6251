#include "lab/bank/domestic_schema.h"

#include "lab/bank/schema_parts.h"

namespace remit::lab::bank {
namespace {

constexpr std::string_view kAddressTypes = "BIZZ DLVY MLTO PBOX ADDR HOME CORR STAT";
constexpr std::string_view kProxyTypes =
    "TELE EMAL DNAM CINC COTX COID CUST DRLC EIDN EWAL PVTX LEIC MBNO NIDN CCPT SHID SOSE TOKN "
    "UBIL VIPN BIID";
constexpr std::string_view kDocumentTypes =
    "CINV CNFA CONT CREN DEBN DISP DNFA HIRI INVS MSIN PROF PUOR QUOT SBIN SPRR TISH";
constexpr std::string_view kReferenceTypes = "DISP FXDR PUOR RPIN RADM SCOR";
constexpr std::string_view kIndicators = "CRED DEBT BOTH";
constexpr std::string_view kContexts =
    "BillingGoodsAndServicesInAdvance BillingGoodsAndServicesInArrears "
    "EcommerceMerchantInitiatedPayment FaceToFacePointOfSale TransferToSelf TransferToThirdParty";

constexpr Schema kAddressLines = list_of(kText<70>, 7);
constexpr std::array kAddressFields{Field{"AddressType", &kOneOf<kAddressTypes>},
                                    Field{"Department", &kText<70>},
                                    Field{"SubDepartment", &kText<70>},
                                    Field{"StreetName", &kText<140>},
                                    Field{"BuildingNumber", &kText<16>},
                                    Field{"BuildingName", &kText<140>},
                                    Field{"Floor", &kText<70>},
                                    Field{"UnitNumber", &kText<16>},
                                    Field{"Room", &kText<70>},
                                    Field{"PostBox", &kText<16>},
                                    Field{"TownLocationName", &kText<140>},
                                    Field{"DistrictName", &kText<140>},
                                    Field{"CareOf", &kText<140>},
                                    Field{"PostCode", &kText<16>},
                                    Field{"TownName", &kText<140>},
                                    Field{"CountrySubDivision", &kText<35>},
                                    Field{"Country", &kCountry},
                                    Field{"AddressLine", &kAddressLines}};
constexpr Schema kAddress = object_of(kAddressFields);

constexpr std::array kProxyFields{Field{"Identification", &kText<2048>, true},
                                  Field{"Code", &kOneOf<kProxyTypes>, true},
                                  Field{"Type", &kText<35>}};
constexpr Schema kProxy = object_of(kProxyFields);

constexpr std::array kDebtorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>}, Field{"SecondaryIdentification", &kText<34>},
    Field{"Proxy", &kProxy}};
constexpr Schema kDebtorAccount = object_of(kDebtorFields);
constexpr std::array kCreditorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>, true}, Field{"SecondaryIdentification", &kText<34>},
    Field{"Proxy", &kProxy}};
constexpr Schema kCreditorAccount = object_of(kCreditorFields);

constexpr std::array kAgentFields{Field{"SchemeName", &kText<40>},
                                  Field{"Identification", &kText<35>}, Field{"Name", &kText<140>},
                                  Field{"LEI", &kLei}, Field{"PostalAddress", &kAddress}};
constexpr Schema kAgent = object_of(kAgentFields);
constexpr std::array kPartyFields{Field{"Name", &kText<140>}, Field{"Identification", &kText<256>},
                                  Field{"LEI", &kLei}, Field{"SchemeName", &kText<40>},
                                  Field{"PostalAddress", &kAddress}};
constexpr Schema kParty = object_of(kPartyFields);

constexpr std::array kAuthorityFields{Field{"Name", &kText<140>}, Field{"CountryCode", &kCountry}};
constexpr Schema kAuthority = object_of(kAuthorityFields);
constexpr Schema kReportingInformation = list_of(kText<35>);
constexpr std::array kReportingDetailFields{Field{"Type", &kText<35>}, Field{"Date", &kDateTime},
                                            Field{"Country", &kCountry}, Field{"Amount", &kAmount},
                                            Field{"Information", &kReportingInformation}};
constexpr Schema kReportingDetail = object_of(kReportingDetailFields);
constexpr Schema kReportingDetails = list_of(kReportingDetail);
constexpr std::array kReportingFields{Field{"DebitCreditReportingIndicator", &kOneOf<kIndicators>},
                                      Field{"Authority", &kAuthority},
                                      Field{"Details", &kReportingDetails}};
constexpr Schema kReporting = object_of(kReportingFields);
constexpr Schema kReportings = list_of(kReporting, 10);

constexpr Schema kLineDetails = list_of(kText<1000, 0>);
constexpr std::array kDocumentFields{Field{"Code", &kOneOf<kDocumentTypes>},
                                     Field{"Issuer", &kText<35>}, Field{"Number", &kText<35>},
                                     Field{"RelatedDate", &kDateTime},
                                     Field{"LineDetails", &kLineDetails}};
constexpr Schema kDocument = object_of(kDocumentFields);
constexpr Schema kDocuments = list_of(kDocument);
constexpr std::array kCreditorReferenceFields{Field{"Code", &kOneOf<kReferenceTypes>},
                                              Field{"Issuer", &kText<35>},
                                              Field{"Reference", &kText<35>}};
constexpr Schema kCreditorReference = object_of(kCreditorReferenceFields);
constexpr Schema kAdditionalRemittance = list_of(kText<140>, 3);
constexpr std::array kStructuredFields{
    Field{"ReferredDocumentInformation", &kDocuments},
    Field{"ReferredDocumentAmount", &kInteger},
    Field{"CreditorReferenceInformation", &kCreditorReference},
    Field{"Invoicer", &kText<256>},
    Field{"Invoicee", &kText<256>},
    Field{"TaxRemittance", &kText<140>},
    Field{"AdditionalRemittanceInformation", &kAdditionalRemittance}};
constexpr Schema kStructured = object_of(kStructuredFields);
constexpr Schema kStructuredList = list_of(kStructured);
constexpr Schema kUnstructuredList = list_of(kText<140>);
constexpr std::array kRemittanceFields{Field{"Structured", &kStructuredList},
                                       Field{"Unstructured", &kUnstructuredList}};
constexpr Schema kRemittance = object_of(kRemittanceFields);

constexpr std::array kInitiationFields{Field{"InstructionIdentification", &kText<35>, true},
                                       Field{"EndToEndIdentification", &kText<35>, true},
                                       Field{"LocalInstrument", &kText<50>},
                                       Field{"InstructedAmount", &kAmount, true},
                                       Field{"DebtorAccount", &kDebtorAccount},
                                       Field{"CreditorAgent", &kAgent},
                                       Field{"CreditorAccount", &kCreditorAccount, true},
                                       Field{"CreditorPostalAddress", &kAddress},
                                       Field{"UltimateCreditor", &kParty},
                                       Field{"UltimateDebtor", &kParty},
                                       Field{"RegulatoryReporting", &kReportings},
                                       Field{"RemittanceInformation", &kRemittance},
                                       Field{"SupplementaryData", &kAnything}};
constexpr Schema kInitiation = object_of(kInitiationFields);

constexpr std::array kRiskFields{Field{"PaymentContextCode", &kOneOf<kContexts>},
                                 Field{"MerchantCategoryCode", &kText<4, 3>},
                                 Field{"MerchantCustomerIdentification", &kText<70>},
                                 Field{"ContractPresentIndicator", &kBoolean},
                                 Field{"BeneficiaryPrepopulatedIndicator", &kBoolean},
                                 Field{"PaymentPurposeCode", &kExternalCode},
                                 Field{"CategoryPurposeCode", &kExternalCode},
                                 Field{"BeneficiaryAccountType", &kOneOf<kBeneficiaryTypes>},
                                 Field{"DeliveryAddress", &kAddress}};
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

const Schema& domestic_consent_schema(StandardVersion version) {
  return version == StandardVersion::V4 ? kConsent : domestic_consent_schema_v3();
}

const Schema& domestic_payment_schema(StandardVersion version) {
  return version == StandardVersion::V4 ? kPayment : domestic_payment_schema_v3();
}

}  // namespace remit::lab::bank
