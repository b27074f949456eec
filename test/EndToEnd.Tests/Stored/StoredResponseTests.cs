using System.Text.Json;
using Polydev.EndToEnd.Tests.Stacks;
using Polydev.ModelProvider.Scripts;
using Polydev.TestKit;

namespace Polydev.EndToEnd.Tests.Stored;

/// <summary>
/// OpenAI's SDK goes on from responses that it has not sent again: they stand in the memory of the tunnel alone. The vendor is given the
/// whole conversation.
/// </summary>
[TestFixture(TunnelBuild.Managed)]
[NativeFixture]
public sealed class StoredResponseTests(TunnelBuild build)
{
    private static readonly string[] Questions = ["What is one?", "What is two?", "What is three?"];

    private Stack _stack = null!;

    [OneTimeSetUp]
    public async Task OneTimeSetUp() => _stack = await Stack.StartAsync(build);

    [OneTimeTearDown]
    public async Task OneTimeTearDown() => await _stack.DisposeAsync();

    [Test]
    public async Task Conversation_ByPreviousResponseId_ReachesTheModelWhole(
        [ValueSource(typeof(SdkMatrixTests), nameof(SdkMatrixTests.Models))] string model, [Values] bool stream)
    {
        var before = _stack.Provider.CallCount;
        var order = new
        {
            sdk = "openai-responses",
            baseUrl = _stack.ApiBase,
            key = _stack.Key,
            model,
            stream,
            questions = Questions,
        };
        await using var script = RunningProgram.StartScript("Stored/stored.mjs", order);

        var done = await script.LineWithAsync("done ");

        var answers = Questions.Select(DefaultScript.TextFor).ToList();
        var calls = _stack.Provider.Requests.Skip(before).Select(sent => sent.Conversation.Messages.Select(ReceivedTexts.Show)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(Line("texts "), Is.EqualTo(JsonSerializer.Serialize(answers)));
            Assert.That(Line("same "), Is.EqualTo("true"));
            Assert.That(Line("asked "), Is.EqualTo(JsonSerializer.Serialize(Questions[^1..])));
            Assert.That(Line("named "), Is.EqualTo(JsonSerializer.Serialize(answers[1])));
            Assert.That(done, Is.EqualTo("""done ["BadRequestError",400,"previous_response_not_found","previous_response_id"]"""));
            Assert.That(calls, Has.Count.EqualTo(Questions.Length + 1));
            Assert.That(calls[2], Is.EqualTo((string[])
            [
                ReceivedTexts.OfUser(model, Questions[0]), ReceivedTexts.OfAssistant(answers[0]),
                ReceivedTexts.OfUser(model, Questions[1]), ReceivedTexts.OfAssistant(answers[1]),
                ReceivedTexts.OfUser(model, Questions[2]),
            ]));
            Assert.That(calls[3].TakeLast(2), Is.EqualTo((string[])
                [ReceivedTexts.OfAssistant(answers[0]), ReceivedTexts.OfUser(model, Questions[1])]));
        });

        string Line(string kind) => script.Output.Split('\n').First(line => line.StartsWith(kind, StringComparison.Ordinal))[kind.Length..];
    }
}
