using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// 3 CLIs x 4 dialects x whole and streamed, through the official SDKs: the provider's exact text, in the provider's pieces, as they
/// come. Once with the tunnel as it is built, once with the native binary that users install.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[TestFixture(TunnelBuild.Native)]
public sealed class SdkMatrixTests(TunnelBuild build)
{
    private static readonly string[] Pieces = ["Grüße, ", "dies ", "kommt \"Stück\"\n", "für 部分 ", "Stück 🎈."];
    private Stack _stack = null!;

    public static IEnumerable<string> Models => ["claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash"];

    public static IEnumerable<string> JavaScriptSdks => ["openai-chat", "openai-responses", "anthropic", "gemini"];

    public static IEnumerable<string> DotNetSdks => ["openai-chat", "openai-responses", "anthropic"];

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task JavaScript_Whole_GivesTheExactText(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(JavaScriptSdks))] string sdk)
    {
        _stack.Provider.Answer(ProviderScript.Say(Pieces).WithUsage(new ProviderUsage(100, 42)));

        await using var call = JavaScriptCall.Start(_stack, sdk, model, "Say it.", stream: false);

        var (text, _, output) = await call.EndAsync();
        Assert.That(text, Is.EqualTo(string.Concat(Pieces)));
        Assert.That(output, Is.EqualTo(42));
    }

    [Test]
    public async Task JavaScript_Streamed_GivesEachPieceAsItComes(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(JavaScriptSdks))] string sdk)
    {
        var gates = Pieces.Select(_ => new ProviderGate()).ToArray();
        _stack.Provider.Answer(Gated(gates));
        await using var call = JavaScriptCall.Start(_stack, sdk, model, "Say it.", stream: true);

        for (var i = 0; i < Pieces.Length; i++)
        {
            gates[i].Open();
            Assert.That(await call.PieceAsync(i), Is.EqualTo(Pieces[i]));
        }

        var (text, _, output) = await call.EndAsync();
        Assert.That(text, Is.EqualTo(string.Concat(Pieces)));
        Assert.That(call.Pieces, Is.EqualTo(Pieces));
        Assert.That(output, Is.EqualTo(42));
    }

    [Test]
    public async Task DotNet_Whole_GivesTheExactText(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(DotNetSdks))] string sdk)
    {
        _stack.Provider.Answer(ProviderScript.Say(Pieces));

        Assert.That(await DotNetCall.WholeAsync(_stack, sdk, model, "Say it.").DefaultTimeout(), Is.EqualTo(string.Concat(Pieces)));
    }

    [Test]
    public async Task DotNet_Streamed_GivesEachPieceAsItComes(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(DotNetSdks))] string sdk)
    {
        var gates = Pieces.Select(_ => new ProviderGate()).ToArray();
        _stack.Provider.Answer(Gated(gates));
        var received = new List<string>();
        gates[0].Open();

        await foreach (var piece in DotNetCall.StreamAsync(_stack, sdk, model, "Say it."))
        {
            received.Add(piece);
            if (received.Count < gates.Length)
            {
                gates[received.Count].Open();
            }
        }

        Assert.That(received, Is.EqualTo(Pieces));
    }

    // The provider sends a piece only after the one before it has reached the SDK: an answer held back to its end would never come.
    private static ProviderScript Gated(ProviderGate[] gates) => Pieces.Zip(gates)
        .Aggregate(ProviderScript.Empty, (script, step) => script.Wait(step.Second).Text(step.First))
        .WithUsage(new ProviderUsage(100, 42));
}
