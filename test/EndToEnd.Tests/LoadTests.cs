using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests;

/// <summary>Many calls: none gets another's answer, and nothing is left behind.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LoadTests
{
    private const int InARow = 200;

    // One fresh session for each CLI, and beside Gemini's the used one that can serve again (CliSessionPool).
    private const int MostWarm = 4;
    private Stack _stack = null!;

    [SetUp]
    public async Task SetUp() => _stack = await Stack.StartAsync();

    [TearDown]
    public async Task TearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task TwelveAtOnce_OverThreeClis_KeepTheirAnswersApart()
    {
        using var client = _stack.CreateClient();
        var calls = Enumerable.Range(0, 12).Select(async index =>
        {
            var question = $"question {index} {Guid.NewGuid():N}";
            return (Question: question, Answer: await AskAsync(client, ModelOf(index), question));
        });

        var answers = await Task.WhenAll(calls).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.That(answers.Select(call => call.Answer), Is.EqualTo(answers.Select(call => DefaultScript.TextFor(call.Question))));
    }

    [Test]
    public async Task TwoHundredInARow_LeaveNothingBehind()
    {
        using var client = _stack.CreateClient();
        var (files, memory) = (0.0, 0L);
        for (var index = 0; index < InARow; index++)
        {
            var question = $"question {index}";
            Assert.That(await AskAsync(client, ModelOf(index), question).DefaultTimeout(), Is.EqualTo(DefaultScript.TextFor(question)));
            if (index == InARow / 2)
            {
                (files, memory) = (await FilesOfAProcessAsync(), Memory());
            }
        }

        // Between the middle and the end nothing has grown.
        Assert.That(await FilesOfAProcessAsync(), Is.LessThanOrEqualTo(files * 1.2));
        Assert.That(Memory(), Is.LessThanOrEqualTo(memory * 1.25));
    }

    private static string ModelOf(int index) => SdkMatrixTests.Models.ElementAt(index % 3);

    // The pool ends used sessions and starts new ones in the background; then what waits is bounded, whatever came in which order.
    private async Task<double> FilesOfAProcessAsync()
    {
        await _stack.SettleAsync();
        var processes = ProcessProbe.DescendantsOf(_stack.Tunnel.Id).Count;
        Assert.That(processes, Is.InRange(3, MostWarm));
        return Directory.EnumerateFiles(_stack.Home.StateFolder, "*", SearchOption.AllDirectories).Count() / (double)processes;
    }

    // Resident KiB of broker and tunnel, without the CLIs.
    private long Memory() => new[] { _stack.Broker.Id, _stack.Tunnel.Id }.Sum(id =>
    {
        var resident = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    });

    private static async Task<string> AskAsync(HttpClient client, string model, string question)
    {
        var messages = new[] { new { role = "user", content = question } };
        var response = await client.PostAsJsonAsync("chat/completions", new { model, messages });
        var body = await response.Content.ReadAsStringAsync();
        Assert.That(response.IsSuccessStatusCode, Is.True, body);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }
}
