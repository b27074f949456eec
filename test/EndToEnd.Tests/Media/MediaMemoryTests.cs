using System.Net;
using System.Text;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Media;

/// <summary>
/// What a large picture takes of the broker on its way: its body, and its bytes. The tunnel's figure is printed: what its CLI is told, it
/// builds as texts for some.
/// </summary>
internal sealed class MediaMemoryTests
{
    private const double MostTimesItsSize = 6;

    // 15 MB: 20 MB of base64.
    private const int Side = 2236;

    [TestCase("gpt-5.3-codex")]
    [TestCase("gemini-2.5-flash")]
    public async Task LargePicture_OnItsWay_TakesLessThanSixTimesItsSize(string model)
    {
        await using var stack = await Stack.StartBrokerOnlyAsync();
        stack.WithoutClis(but: KnownModels.ProviderOf[model]);
        await stack.StartTunnelAsync();
        stack.Provider.Script = _ => ProviderScript.Say("seen");
        var data = Noise.Png(Side);
        await PostAsync(stack, model, Noise.Png(16));
        var before = Peaks(stack);

        await PostAsync(stack, model, data);

        var after = Peaks(stack);
        TestContext.Out.WriteLine(
            $"{model}: broker {before.Broker:F0} to {after.Broker:F0} MB, tunnel {before.Tunnel:F0} to {after.Tunnel:F0} MB.");
        Assert.That(after.Broker - before.Broker, Is.LessThan(MostTimesItsSize * data.Length / (1024 * 1024)));
    }

    private static (double Broker, double Tunnel) Peaks(Stack stack) =>
        (ProcessFigures.PeakMegabytes(stack.Broker.Id), ProcessFigures.PeakMegabytes(stack.Tunnel.Id));

    private static async Task PostAsync(Stack stack, string model, byte[] data)
    {
        using var client = stack.CreateClient();
        using var content = new StringContent(
            $$$"""
            {"model":"{{{model}}}","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Convert.ToBase64String(data)}}}"}}]}]}
            """,
            Encoding.UTF8,
            "application/json");
        using var response = await client.PostAsync("chat/completions", content).DefaultTimeout();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
    }
}
