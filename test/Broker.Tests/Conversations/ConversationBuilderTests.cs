using CsCheck;
using Polydev.Broker.Conversations;
using Polydev.Broker.Errors;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Conversations;

/// <summary>What work.proto promises of a conversation, made of whatever callers write.</summary>
public sealed class ConversationBuilderTests
{
    // Neighbours of one role are one message; what is blank goes, and a message with it.
    [TestCase("u one", "u one")]
    [TestCase("u one|u two|a three|a four|u five", "u one,two|a three,four|u five")]
    [TestCase("u one|a _|u two", "u one,two")]
    [TestCase("u -|u _|a one|u two", "a one|u two")]
    [TestCase("u one|t hm|u two", "u one,two")]
    [TestCase("u one|t hm|t _|a two|u three", "u one|a ~hm,two|u three")]
    // System texts stand in front, wherever they were; alone they are the question.
    [TestCase("u one|s two|a three|s _|s four|u five", "s two/four|u one|a three|u five")]
    [TestCase("s one|s two", "u one\n\ntwo")]
    // A history that ends with the assistant is asked on.
    [TestCase("u one|a two", "u one|a two|u Continue.")]
    [TestCase("a one|a two|u _", "a one,two|u Continue.")]
    [TestCase("u one|a two|t hm", "u one|a two,~hm|u Continue.")]
    // Results come first in the message after their calls, in the calls' order, whatever comes between.
    [TestCase("u q|c 1 f|c 2 g|r 2 - b|u hm|r 1 - a", "u q|a +1 f,+2 g|u =1 f a,=2 g b,hm")]
    [TestCase("u q|a see|c 1 f|a _|r 1 - x|c 2 f|r 2 - y", "u q|a see,+1 f|u =1 f x|a +2 f|u =2 f y")]
    [TestCase("u q|c 1 f|u wait|a ok|r 1 - late|a so|u go", "u q|a +1 f|u =1 f late,wait|a ok,so|u go")]
    [TestCase("c 1 f|r 1 - _", "a +1 f|u =1 f")]
    // Ids that are missing or come again are made; Google's results find their call by its name.
    [TestCase("c - f|c - g|c - f|r - f 1|r - f 2|r - g 3", "a +call_1 f,+call_2 g,+call_3 f|u =call_1 f 1,=call_2 g 3,=call_3 f 2")]
    [TestCase("c 1 f|r 1 - x|c 1 f|r 1 - y", "a +1 f|u =1 f x|a +call_1 f|u =call_1 f y")]
    [TestCase("c call_1 f|c - f|r call_1 - y|r - f x", "a +call_1 f,+call_2 f|u =call_1 f y,=call_2 f x")]
    // A call that was broken off must not cost the conversation.
    [TestCase("c 1 f|c 2 g|u stop|r 2 - x", "a +1 f,+2 g|u =1 f none,=2 g x,stop")]
    // Some clients count their ids anew in each turn: a result is the latest turn's, and not that of a call which was broken off.
    [TestCase("u q|c 1 f|u stop|c 1 f|r 1 - x", "u q|a +1 f|u =1 f none,stop|a +call_1 f|u =call_1 f x")]
    [TestCase("u q|c - f|u stop|c - f|r - f x", "u q|a +call_1 f|u =call_1 f none,stop|a +call_2 f|u =call_2 f x")]
    [TestCase("c 1 f|u hm|c 1 f|r 1 - x|r 1 - late", "a +1 f|u =1 f late,hm|a +call_1 f|u =call_1 f x")]
    [TestCase("c 1 f|u stop|i 1|r 1 - x|a ok|u go", "a +1 f|u =1 f none,stop|a ok|u go")]
    // What is passed over takes its result along.
    [TestCase("u q|i 9|r 9 - x|a ok|u go", "u q|a ok|u go")]
    public void Build_WhatCallersWrite_IsCanonical(string script, string expected)
    {
        Assert.That(ConversationScript.Describe(ConversationScript.Build(script)), Is.EqualTo(expected));
    }

    [TestCase("", "steps", "at least one message")]
    [TestCase("u _|a -|t hm", "steps", "at least one message")]
    [TestCase("u q|r 1 - x", "steps[1]", "'1' comes before it")]
    [TestCase("u q|r - f x", "steps[1]", "'f' comes before it")]
    [TestCase("c 1 f|r 1 - x|r 1 - y", "steps[2]", "'1' has its result already")]
    [TestCase("c - f|r - f x|r - f y", "steps[2]", "'f' has its result already")]
    [TestCase("c 1 f|r 2 - x", "steps[1]", "'2' comes before it")]
    [TestCase("u q|c 1 f", "steps[1]", "'1', which has no result")]
    [TestCase("u q|c 1 f|r 1 - x|a so|c 2 f|t hm", "steps[4]", "'2', which has no result")]
    [TestCase("u q|c 1 f|c 2 g|r 1 - x", "steps[2]", "'2', which has no result")]
    [TestCase("u q|c - f|c - g|r - f x", "steps[2]", "of 'g', which has no result")]
    [TestCase("c call_1 f|r - f x|r call_1 - y", "steps[2]", "'call_1' has its result already")]
    [TestCase("u q|c 1 _", "steps[1]", "names no tool")]
    public void Build_WhatCannotBe_NamesTheField(string script, string field, string message)
    {
        var error = Assert.Throws<ApiException>(() => ConversationScript.Build(script))!.Error;

        Assert.That((error.Kind, error.Param), Is.EqualTo((ApiErrorKind.InvalidRequest, field)));
        Assert.That(error.Message, Does.Contain(message).And.Contain(field));
    }

    [Test]
    public void Build_WhateverIsWritten_KeepsThePromiseOrNamesAStep()
    {
        var built = 0;
        Steps.Sample(
            drawn =>
            {
                // Each result says something of its own, so that it is seen where it sits.
                var steps = drawn.Select((step, index) => step[0] == 'r' && step[^1] is not ('_' or '-') ? step + index : step).ToList();
                try
                {
                    AssertCanonical(ConversationScript.Build(string.Join('|', steps)), steps);
                    Interlocked.Increment(ref built);
                }
                catch (ApiException refused)
                {
                    Assert.That(refused.Error.Param, Does.Match(@"^steps(\[\d+\])?$"));
                }
            },
            iter: 5_000);

        Assert.That(built, Is.GreaterThan(1_000), "Enough of them can be asked.");
    }

    [Test]
    public void Build_TwiceTheSame_IsEqual()
    {
        const string script = "s be|u one|t hm|c - f|c - f|r - f 1|r - f 2|a so";

        var first = ConversationScript.Build(script);

        Assert.That(
            ConversationScript.Build(script).Messages, Is.EqualTo(first.Messages), "A conversation kept warm is found by what it says.");
    }

    private static Gen<List<string>> Steps
    {
        get
        {
            var texts = Gen.OneOf("one", "two", "_", "-");
            var ids = Gen.OneOf("1", "2", "call_1", "-");
            var names = Gen.OneOf("f", "g", "-");
            var text = Gen.Select(Gen.OneOf("s", "u", "u", "a", "t"), texts, (kind, said) => $"{kind} {said}");
            var call = Gen.Select(ids, Gen.OneOf("f", "g"), (id, name) => $"c {id} {name}");
            var result = Gen.Select(ids, names, texts, (id, name, said) => $"r {id} {name} {said}");
            return Gen.Frequency<string>((6, text), (2, call), (1, result)).List[0, 12];
        }
    }

    private static void AssertCanonical(Conversation conversation, List<string> steps)
    {
        var messages = conversation.Messages;
        Assert.That(messages, Is.Not.Empty);
        Assert.That(messages[^1].Role, Is.EqualTo(Role.User));
        Assert.That(messages.Zip(messages.Skip(1)), Has.All.Matches<(Message, Message)>(pair => pair.Item1.Role != pair.Item2.Role));
        Assert.That(messages, Has.All.Matches<Message>(message => message.Parts.Count > 0));
        Assert.That(messages.SelectMany(Texts), Has.All.Matches<string>(text => !string.IsNullOrWhiteSpace(text)));
        var calls = messages.SelectMany(message => message.Parts).Select(part => part.ToolCall).OfType<ToolCallPart>().ToList();
        Assert.That(calls.Select(call => call.Id), Is.Unique.And.All.Not.Empty);
        for (var index = 0; index < messages.Count; index++)
        {
            var called = index == 0 ? [] : CallsOf(messages[index - 1]);
            var results = messages[index].Parts.Select(part => part.ToolResult).ToList();
            Assert.That(
                results.TakeWhile(result => result is not null).Select(result => (result.ToolCallId, result.Name)), Is.EqualTo(called));
            Assert.That(results.Count(result => result is not null), Is.EqualTo(called.Count), "Results stand first.");
        }

        var given = messages.SelectMany(message => message.Parts).Select(part => part.ToolResult).OfType<ToolResultPart>();
        Assert.That(given.Select(TextOf), Is.EqualTo(ResultsOf(steps)), "Each result sits with its call.");

        // Nothing that was said is lost, and the order is the caller's.
        var said = steps.Where(step => step is ['u' or 'a', ' ', not ('_' or '-'), ..]).Select(step => step[2..]).ToList();
        var kept = messages.SelectMany(Texts).ToList();
        Assert.That(said.Count == 0 ? [] : kept.Take(said.Count), Is.EqualTo(said));
    }

    /// <summary>What the caller meant, the slow way: the result of each call, in the calls' order.</summary>
    private static List<string> ResultsOf(List<string> steps)
    {
        var calls = new List<(string Id, string Name, int Turn)>();
        var results = new List<string?>();
        var (turn, speaker) = (0, ' ');
        foreach (var words in steps.Select(step => step.Split(' ')))
        {
            if (words[0] == "s" || (words[0] is "u" or "a" or "t" && words[1] is "_" or "-"))
            {
                continue;
            }

            var speaks = words[0] is "u" or "r" ? 'u' : 'a';
            (turn, speaker) = (speaks == speaker ? turn : turn + 1, speaks);
            if (words[0] == "c")
            {
                calls.Add((words[1], words[2], turn));
                results.Add(null);
            }
            else if (words[0] == "r")
            {
                var waiting = Enumerable.Range(0, calls.Count).Where(index => results[index] is null)
                    .OrderByDescending(index => calls[index].Turn).ThenBy(index => index).ToList();
                var ofId = waiting.Where(index => words[1] != "-" && calls[index].Id == words[1]);
                var found = ofId.Concat(waiting.Where(index => calls[index].Name == words[2])).First();
                results[found] = words[3] is "_" or "-" ? string.Empty : words[3];
            }
        }

        return [.. results.Select(result => result ?? "none")];
    }

    private static string TextOf(ToolResultPart result) =>
        result.IsError ? "none" : string.Concat(result.Content.Select(part => part.Text.Text));

    private static List<(string Id, string Name)> CallsOf(Message message) =>
        [.. message.Parts.Select(part => part.ToolCall).OfType<ToolCallPart>().Select(call => (call.Id, call.Name))];

    private static IEnumerable<string> Texts(Message message) =>
        message.Parts.Where(part => part.KindCase == Part.KindOneofCase.Text).Select(part => part.Text.Text);
}
