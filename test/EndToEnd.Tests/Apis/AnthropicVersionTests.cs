using Polydev.EndToEnd.Tests.Stacks;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Apis;

/// <summary>Two generations of Anthropic's SDK ask for two versions of its API, of which the newer has no temperature.</summary>
internal sealed class AnthropicVersionTests
{
    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync();

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [TestCase("anthropic", "done \"400 temperature: Extra inputs are not permitted\"")]
    [TestCase("anthropic-0", "done \"Hello\"")]
    public async Task Temperature_ByEachGeneration_IsAsItsVersionHasIt(string sdk, string expected)
    {
        var order = new { sdk, baseUrl = _stack.ApiBase, key = _stack.Key, model = "polydev-echo" };
        await using var script = RunningProgram.StartScript("Apis/sampling.mjs", order);

        Assert.That(await script.LineWithAsync("done "), Is.EqualTo(expected));
    }
}
