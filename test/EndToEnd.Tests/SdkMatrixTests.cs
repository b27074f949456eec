using Polydev.EndToEnd.Tests.Calls;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>
/// 3 CLIs x 4 dialects x whole and streamed, through the official SDKs, two generations where there are two: the provider's exact text, in
/// the provider's pieces, as they come, the reason of its end, and one request of the provider for each call. Once with the tunnel as it
/// is built, once with the native binary that users install.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
public sealed class SdkMatrixTests(TunnelBuild build)
{
    private static readonly string[] Pieces = ["Grüße, ", "dies ", "kommt \"Stück\"\n", "für 部分 ", "Stück 🎈."];
    private Stack _stack = null!;

    public static IEnumerable<string> Models => ["claude-opus-4-6", "gpt-5.3-codex", "gemini-2.5-flash"];

    public static IEnumerable<string> JavaScriptSdks =>
        ["openai-chat", "openai-responses", "anthropic", "anthropic-0", "gemini", "gemini-2"];

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

        var (text, stop, output) = await call.EndAsync();
        Assert.That(text, Is.EqualTo(string.Concat(Pieces)));
        Assert.That(stop, Is.EqualTo(JavaScriptStop(sdk)));
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

        var (text, stop, output) = await call.EndAsync();
        Assert.That(text, Is.EqualTo(string.Concat(Pieces)));
        Assert.That(call.Pieces, Is.EqualTo(Pieces));
        Assert.That(stop, Is.EqualTo(JavaScriptStop(sdk)));
        Assert.That(output, Is.EqualTo(42));
    }

    [Test]
    public async Task DotNet_Whole_GivesTheExactText(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(DotNetSdks))] string sdk)
    {
        _stack.Provider.Answer(ProviderScript.Say(Pieces));

        var call = new DotNetCall(_stack, sdk, model, "Say it.");

        Assert.That(await call.WholeAsync().DefaultTimeout(), Is.EqualTo(string.Concat(Pieces)));
        Assert.That(call.Stop, Is.EqualTo(DotNetStop(sdk)));
    }

    [Test]
    public async Task DotNet_Streamed_GivesEachPieceAsItComes(
        [ValueSource(nameof(Models))] string model, [ValueSource(nameof(DotNetSdks))] string sdk)
    {
        var gates = Pieces.Select(_ => new ProviderGate()).ToArray();
        _stack.Provider.Answer(Gated(gates));
        var received = new List<string>();
        gates[0].Open();
        var call = new DotNetCall(_stack, sdk, model, "Say it.");

        await foreach (var piece in call.StreamAsync())
        {
            received.Add(piece);
            if (received.Count < gates.Length)
            {
                gates[received.Count].Open();
            }
        }

        Assert.That(received, Is.EqualTo(Pieces));
        Assert.That(call.Stop, Is.EqualTo(DotNetStop(sdk)));
    }

    // The natural end, as each API says it.
    private static string JavaScriptStop(string sdk) => sdk switch
    {
        "openai-chat" => "stop",
        "openai-responses" => "completed",
        "anthropic" or "anthropic-0" => "end_turn",
        _ => "STOP",
    };

    // OpenAI's .NET SDK has enumerations for the words of its APIs.
    private static string DotNetStop(string sdk) => sdk switch
    {
        "openai-chat" => "Stop",
        "openai-responses" => "Completed",
        _ => "end_turn",
    };

    // The provider sends a piece only after the one before it has reached the SDK: an answer held back to its end would never come.
    private static ProviderScript Gated(ProviderGate[] gates) => Pieces.Zip(gates)
        .Aggregate(ProviderScript.Empty, (script, step) => script.Wait(step.Second).Text(step.First))
        .WithUsage(new ProviderUsage(100, 42));
}
