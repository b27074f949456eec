using Polydev.McpTunnel.Clis;
using Polydev.ModelProvider;

namespace Polydev.McpTunnel.Tests.Clis;

/// <summary>An adapter with what stands around it; disposing checks that nothing of it is left.</summary>
/// <param name="Provider">The model provider behind its CLI; null where there is none (Echo).</param>
internal sealed record AdapterUnderTest(ICliAdapter Adapter, ProviderServer? Provider, IAsyncDisposable Rig);
