using System.Net;
using System.Text;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Media;

/// <summary>
/// What a large request takes of broker and tunnel on its way, at their peaks. The CLI's own memory is its vendor's affair.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
internal sealed class MediaMemoryTests(TunnelBuild build)
{
    private const double MostTimes = 6;

    // A picture of 15 MB, which is 20 MB of base64, and one of 4 MB.
    private const int LargeSide = 2236;
    private const int Side = 1155;

    private const int Turns = 20;
    private const int CharactersATurn = 50_000;

    [TestCase("gpt-5.3-codex")]
    [TestCase("gemini-2.5-flash")]
    public async Task LargePicture_TakesLessThanSixTimesItsSize(string model)
    {
        var picture = Noise.Png(LargeSide);

        var taken = await TakenAsync(model, [], picture);

        AssertArrived(picture, taken.Asked, taken.Altered);
        Assert.That(taken.Broker, Is.LessThan(MostTimes * Megabytes(picture.Length)), "broker, of the picture");
        Assert.That(taken.Tunnel, Is.LessThan(MostTimes * taken.Body), "tunnel, of the body");
    }

    /// <summary>
    /// The managed tunnel's figure is printed only: of a request of this size the collector's first budget, which follows the machine's
    /// cache, is the larger part. What users install has a budget of its own.
    /// </summary>
    [TestCase("claude-opus-4-6[1m]")]
    [TestCase("gpt-5.3-codex")]
    [TestCase("gemini-2.5-flash")]
    public async Task HistoryOfOneMegabyteAndAPicture_ReachTheModelAndTakeLessThanSixTimesTheirSize(string model)
    {
        var history = Enumerable.Range(0, Turns).Select(turn => new string((char)('a' + turn), CharactersATurn)).ToList();

        var picture = Noise.Png(Side);

        var taken = await TakenAsync(model, history, picture);

        Assert.That(taken.Broker, Is.LessThan(MostTimes * taken.Body), "broker, of the body");
        if (build == TunnelBuild.Native)
        {
            Assert.That(taken.Tunnel, Is.LessThan(MostTimes * taken.Body), "tunnel, of the body");
        }

        Assert.That(history.Where(text => !taken.Asked.Contains(text, StringComparison.Ordinal)), Is.Empty);
        AssertArrived(picture, taken.Asked, taken.Altered);
    }

    // As it was, or its caller was told.
    private static void AssertArrived(byte[] picture, string asked, string altered) => Assert.That(
        asked.Contains(Convert.ToBase64String(picture), StringComparison.Ordinal)
            || altered.Contains("image_url", StringComparison.Ordinal),
        Is.True,
        $"The picture is not in the {asked.Length} characters that the vendor was asked; altered: '{altered}'.");

    /// <returns>
    /// The body's size and what broker and tunnel have grown by, in MiB, what the vendor was asked, and what of it was said to be altered.
    /// </returns>
    private async Task<(double Body, double Broker, double Tunnel, string Asked, string Altered)> TakenAsync(
        string model, IReadOnlyList<string> history, byte[] picture)
    {
        await using var stack = await Stack.StartBrokerOnlyAsync(build);
        stack.WithoutClis(but: KnownModels.ProviderOf[model.Split('[')[0]]);
        await stack.StartTunnelAsync();
        stack.Provider.Script = _ => ProviderScript.Say("seen");
        await PostAsync(stack, BodyOf(model, [], Noise.Png(16)));
        var before = Peaks(stack);
        var body = BodyOf(model, history, picture);

        var altered = await PostAsync(stack, body);

        var after = Peaks(stack);
        var size = Megabytes(body.Length);
        TestContext.Out.WriteLine(
            $"{model}, {size:F0} MB: broker {before.Broker:F0} to {after.Broker:F0}, tunnel {before.Tunnel:F0} to {after.Tunnel:F0}.");
        var asked = stack.Provider.Requests[^1].Body.GetRawText();
        return (size, after.Broker - before.Broker, after.Tunnel - before.Tunnel, asked, altered);
    }

    private static double Megabytes(long bytes) => bytes / (1024.0 * 1024);

    private static (double Broker, double Tunnel) Peaks(Stack stack) =>
        (ProcessFigures.PeakMegabytes(stack.Broker.Id), ProcessFigures.PeakMegabytes(stack.Tunnel.Id));

    private static string BodyOf(string model, IReadOnlyList<string> history, byte[] picture)
    {
        object[] question =
        [
            new { type = "text", text = "What is it?" },
            new { type = "image_url", image_url = new { url = $"data:image/png;base64,{Convert.ToBase64String(picture)}" } },
        ];
        var turns = history.Select((text, index) => new { role = index % 2 == 0 ? "user" : "assistant", content = (object)text });
        return JsonSerializer.Serialize(new { model, messages = turns.Append(new { role = "user", content = (object)question }) });
    }

    private static async Task<string> PostAsync(Stack stack, string body)
    {
        using var client = stack.CreateClient();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync("chat/completions", content).DefaultTimeout();
        var answer = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer);
        Assert.That(answer, Does.Contain("seen"));
        return response.Headers.TryGetValues("x-polydev-altered", out var altered) ? string.Join(", ", altered) : string.Empty;
    }
}
