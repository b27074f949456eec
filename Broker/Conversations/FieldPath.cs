using System.Globalization;
using System.Text;

namespace Polydev.Broker.Conversations;

/// <summary>A place in a caller's request. It becomes text, <c>messages[0].content</c>, only where a complaint names it.</summary>
/// <param name="Parent">Null for a field of the body.</param>
/// <param name="Name">The field's name; null for an element of an array.</param>
/// <param name="Index">The element's place; unused for a field.</param>
internal sealed record FieldPath(FieldPath? Parent, string? Name, int Index = 0)
{
    public override string ToString()
    {
        if (Parent is null && Name is not null)
        {
            return Name;
        }

        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        Parent?.Append(text);
        if (Name is null)
        {
            text.Append('[').Append(CultureInfo.InvariantCulture, $"{Index}").Append(']');
            return;
        }

        if (text.Length > 0)
        {
            text.Append('.');
        }

        text.Append(Name);
    }
}
