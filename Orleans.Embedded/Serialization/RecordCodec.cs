using System.Linq.Expressions;
using System.Reflection;

namespace Orleans.Serialization;

/// <summary>
/// A contract type, member by member. Algorithm: at the first use two functions are compiled for the type, one that writes each member with its
/// codec, one that reads tags until the end of the group into locals and then constructs. A member that does not come keeps what the constructor
/// or its initialiser gives it; one that is not known is passed over.
/// </summary>
internal sealed class RecordCodec<T>(CodecProvider codecs) : Codec<T>
{
    private readonly Lazy<Action<WireWriter, T>> _write = new(() => CompileWrite(codecs), LazyThreadSafetyMode.PublicationOnly);
    private readonly Lazy<Func<WireReader, T>> _read = new(() => CompileRead(codecs), LazyThreadSafetyMode.PublicationOnly);

    public override void Write(WireWriter writer, uint tag, T? value)
    {
        if (value is null)
        {
            writer.Tag(tag, WireKind.Null);
            return;
        }
        writer.Tag(tag, WireKind.Group);
        _write.Value(writer, value);
        writer.Byte(0);
    }

    public override T? Read(WireReader reader, WireKind kind)
    {
        if (kind == WireKind.Null) return default;
        if (kind != WireKind.Group) throw Wrong(kind);
        reader.Enter();
        var value = _read.Value(reader);
        reader.Leave();
        return value;
    }

    private static Action<WireWriter, T> CompileWrite(CodecProvider codecs)
    {
        var writer = Expression.Parameter(typeof(WireWriter));
        var value = Expression.Parameter(typeof(T));
        var body = new List<Expression>();
        foreach (var member in SerializedMembers.Of(typeof(T)))
        {
            var codec = CodecOf(member, codecs);
            body.Add(Expression.Call(Expression.Constant(codec), MethodOf(codec, nameof(Write)), writer, Expression.Constant(member.Tag),
                Expression.MakeMemberAccess(value, member.Member)));
        }
        body.Add(Expression.Empty());
        return Expression.Lambda<Action<WireWriter, T>>(Expression.Block(body), writer, value).Compile();
    }

    private static Func<WireReader, T> CompileRead(CodecProvider codecs)
    {
        var members = SerializedMembers.Of(typeof(T));
        var constructor = SerializedMembers.ConstructorOf(typeof(T), members);
        var parameters = constructor?.GetParameters() ?? [];
        var given = Array.ConvertAll(parameters, parameter => SerializedMembers.MemberOf(parameter, members)!);

        var reader = Expression.Parameter(typeof(WireReader));
        var tag = Expression.Variable(typeof(uint));
        var values = members.ToDictionary(member => member, member => Expression.Variable(member.Type));
        var came = members.Except(given).ToDictionary(member => member, _ => Expression.Variable(typeof(bool)));
        var body = parameters.Zip(given).Where(pair => pair.First is { HasDefaultValue: true, DefaultValue: not null }).Select(Expression (pair) =>
            Expression.Assign(values[pair.Second], Expression.Convert(Expression.Constant(pair.First.DefaultValue), pair.Second.Type))).ToList();

        var end = Expression.Label();
        var kind = Expression.Convert(Expression.And(tag, Expression.Constant(7u)), typeof(WireKind));
        var cases = members.Select(member =>
        {
            var codec = CodecOf(member, codecs);
            Expression read = Expression.Assign(values[member], Expression.Call(Expression.Constant(codec), MethodOf(codec, nameof(Read)), reader, kind));
            if (came.TryGetValue(member, out var flag)) read = Expression.Block(read, Expression.Assign(flag, Expression.Constant(true)));
            return Expression.SwitchCase(Expression.Block(typeof(void), read), Expression.Constant(member.Tag >> 3));
        }).ToArray();
        Expression skip = Expression.Call(reader, nameof(WireReader.Skip), [], kind);
        body.Add(Expression.Loop(Expression.Block(
            Expression.Assign(tag, Expression.Call(reader, nameof(WireReader.Tag), [])),
            Expression.IfThen(Expression.Equal(tag, Expression.Constant(0u)), Expression.Break(end)),
            cases.Length == 0 ? skip : Expression.Switch(Expression.RightShift(tag, Expression.Constant(3)), skip, cases)), end));

        var result = Expression.Variable(typeof(T));
        body.Add(Expression.Assign(result,
            constructor is null ? Expression.Default(typeof(T)) : Expression.New(constructor, given.Select(member => values[member]))));
        foreach (var (member, flag) in came)
        {
            if (!member.IsSettable)
                throw new CodecNotFoundException($"{typeof(T)}.{member.Name} has an [Id], but neither a setter nor a constructor parameter of its name.");
            body.Add(Expression.IfThen(flag, Expression.Assign(Expression.MakeMemberAccess(result, member.Member), values[member])));
        }
        body.Add(result);
        return Expression.Lambda<Func<WireReader, T>>(Expression.Block([tag, result, .. values.Values, .. came.Values], body), reader).Compile();
    }

    private static Codec CodecOf(SerializedMember member, CodecProvider codecs)
    {
        try
        {
            return codecs.Get(member.Type);
        }
        catch (CodecNotFoundException unknown)
        {
            throw new CodecNotFoundException($"{typeof(T)}.{member.Name} cannot be serialised. {unknown.Message}");
        }
    }

    private static MethodInfo MethodOf(Codec codec, string name) => typeof(Codec<>).MakeGenericType(codec.Type).GetMethod(name)!;
}
