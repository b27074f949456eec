using System.Text.Json;
using CsCheck;
using Polydev.Broker.Dialects;
using Polydev.Broker.Tests.Dialects;
using Polydev.Protos.V1;

namespace Polydev.Broker.Tests.Properties;

/// <summary>Dialect -> canonical keeps the meaning: whatever is said reaches the tunnel, however it was written.</summary>
[TestFixtureSource(typeof(ConversationForm), nameof(ConversationForm.All))]
internal sealed class ConversationPropertyTests(ConversationForm form)
{
    [Test]
    public void Read_WhateverIsSaid_IsTheConversation() => Gen.Select(SomeConversations.Of(form), Gen.Int).Sample(
        (said, style) =>
        {
            var body = Written(said, style);
            using var document = JsonDocument.Parse(body);

            var work = DialectRequest.Of(form.Dialect).Read(document.RootElement, CompletionPath.None).Work();

            Assert.That(work.Instructions, Is.EqualTo(string.Join("\n\n", said.Instructions)));
            Assert.That(work.Messages.Select(Normal), Is.EqualTo(said.Messages.Select(Normal)));
        },
        iter: 2_000,
        print: each => Written(each.Item1, each.Item2));

    private string Written(SomeConversations.Conversation said, int style) =>
        new WrittenConversation(said, new Random(style)).Write(form.Dialect);

    // JSON is held against JSON: its white space and escapes are no part of what is meant.
    private Message Normal(Message message)
    {
        var normal = message.Clone();
        foreach (var part in normal.Parts)
        {
            if (part.ToolCall is { } call)
            {
                call.ArgumentsJson = SomeTexts.Compact(call.ArgumentsJson);
            }
            else if (form.ResultsAreObjects && part.ToolResult is { } result)
            {
                result.Content[0].Text.Text = SomeTexts.Compact(result.Content[0].Text.Text);
            }
        }

        return normal;
    }
}
