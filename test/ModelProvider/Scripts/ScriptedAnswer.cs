namespace Polydev.ModelProvider.Scripts;

/// <summary>What a script has said so far, deltas of one kind joined: what an unstreamed answer, and OpenAI's last event, hold.</summary>
internal sealed class ScriptedAnswer
{
    private readonly List<ProviderStep> _items = [];

    public IReadOnlyList<ProviderStep> Items => _items;

    public bool HasToolCalls => _items.Exists(item => item is ProviderStep.ToolCall or ProviderStep.Raw);

    public void Add(ProviderStep step)
    {
        switch (step, _items.LastOrDefault())
        {
            case (ProviderStep.Text next, ProviderStep.Text last):
                _items[^1] = new ProviderStep.Text(last.Piece + next.Piece);
                break;
            case (ProviderStep.Thinking next, ProviderStep.Thinking last):
                _items[^1] = new ProviderStep.Thinking(last.Piece + next.Piece);
                break;
            case (ProviderStep.Text or ProviderStep.Thinking or ProviderStep.ToolCall or ProviderStep.Raw, _):
                _items.Add(step);
                break;
        }
    }
}
