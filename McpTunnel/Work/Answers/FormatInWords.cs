using Polydev.McpTunnel.Clis;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>The form of an answer as a model is told of it, where its vendor cannot be.</summary>
internal static class FormatInWords
{
    /// <summary>The item as its adapter is given it: one that cannot hand the form on is given instructions instead.</summary>
    public static WorkItem Told(WorkItem item, ICliAdapter adapter)
    {
        if (item.ResponseFormat is not { } format || adapter.TakesFormat(format, item.Model))
        {
            return item;
        }

        var told = item.Clone();
        told.ResponseFormat = null;
        told.Instructions = string.Join("\n\n", new[] { item.Instructions, Words(format) }.Where(text => text.Length > 0));
        return told;
    }

    private static string Words(ResponseFormat format)
    {
        if (format.Choices.Count > 0)
        {
            return $"Your answer must be exactly one of these texts, and nothing else:\n{string.Join('\n', format.Choices)}";
        }

        const string Alone = "and nothing else: no words before or behind it, and no Markdown around it.";
        if (format.JsonSchema.Length == 0)
        {
            return $"Your answer must be one JSON object {Alone}";
        }

        var what = string.Join(": ", new[] { format.Name, format.Description }.Where(text => text.Length > 0));
        return $"Your answer must be one JSON value {Alone}{(what.Length > 0 ? $" It is {what}" : string.Empty)}\n"
            + $"It must fit this JSON Schema:\n{format.JsonSchema}";
    }
}
