// SPDX-License-Identifier: Apache-2.0

/**
 * Every test of the original design, by the file that held it. Of its gateway store the original
 * describes the tests in words and names none: one is listed here for each method described.
 */
export const SEED_TESTS: Readonly<Record<string, readonly string[]>> = {
  "store/types_test.go": [
    "TestSessionStatusValues",
    "TestMessageRoleValues",
    "TestListOptsDefaults",
    "TestSearchOptsFields",
    "TestVectorResultFields",
    "TestEntityFields",
  ],
  "store/interfaces_test.go": [
    "TestSessionStoreInterfaceExists",
    "TestMemoryStoreInterfaceExists",
    "TestMessageStoreInterfaceExists",
    "TestSummaryStoreInterfaceExists",
    "TestKnowledgeStoreInterfaceExists",
    "TestVectorStoreInterfaceExists",
    "TestGatewayStoreInterfaceExists",
    "TestUserStoreInterfaceExists",
    "TestPairingStoreInterfaceExists",
    "TestAuditStoreInterfaceExists",
  ],
  "store/sqlite/session_test.go": [
    "TestSessionStore_CRUD",
    "TestSessionStore_ActiveWindow",
    "TestSessionStore_GetNonExistent",
  ],
  "store/sqlite/message_test.go": [
    "TestMessageStore_AppendAndSearch",
    "TestMessageStore_Count",
    "TestMessageStore_Trim",
    "TestMessageStore_GetRange",
  ],
  "store/sqlite/summary_test.go": ["TestSummaryStore_StoreAndRetrieve"],
  "store/sqlite/knowledge_test.go": [
    "TestKnowledgeStore_Entities",
    "TestKnowledgeStore_Relationships",
    "TestKnowledgeStore_Facts",
    "TestKnowledgeStore_Traverse",
  ],
  "store/sqlite/vector_test.go": ["TestVectorStore_StoreAndSearch", "TestVectorStore_Delete"],
  "store/sqlite/gateway_test.go": [
    "UserStore: create",
    "UserStore: get",
    "UserStore: get-by-external-id",
    "UserStore: update",
    "UserStore: list",
    "UserStore: delete",
    "PairingStore: create",
    "PairingStore: get-by-channel",
    "PairingStore: get-by-user",
    "PairingStore: delete",
    "AuditStore: append",
    "AuditStore: query with filters",
  ],
  "store/factory_test.go": [
    "TestNewWorkspaceStores_SQLite",
    "TestNewGatewayStore_SQLite",
    "TestNewWorkspaceStores_UnknownBackend",
  ],
  "config/config_test.go": [
    "TestLoad_DefaultValues",
    "TestLoad_FromFile",
    "TestLoad_EnvOverride",
    "TestValidate_MissingProvider",
  ],
  "provider/provider_test.go": [
    "TestProviderInterfaceExists",
    "TestRouterInterfaceExists",
    "TestChatRequestFields",
    "TestChatEventTypes",
  ],
  "plugin/types_test.go": [
    "TestPluginTypeValues",
    "TestExecutionTierValues",
    "TestManifestFields",
    "TestCapabilityPattern",
  ],
};
