using System.Reflection;
using System.Reflection.Emit;
using Orleans.Runtime;

namespace Orleans.CodeGeneration;

/// <summary>Emits the class of one method's calls. See <see cref="ProxyEmitter"/>.</summary>
internal static class CallEmitter
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    public static Emitted Emit(ModuleBuilder module, MethodInfo method, int number)
    {
        var type = module.DefineType($"{method.DeclaringType!.Name}.{method.Name}{number}",
            TypeAttributes.Public | TypeAttributes.Sealed, BaseFor(method.ReturnType));
        var parameters = method.GetParameters();
        var fields = new FieldBuilder[parameters.Length];
        for (var i = 0; i < fields.Length; i++) fields[i] = type.DefineField($"a{i}", parameters[i].ParameterType, FieldAttributes.Public);
        var info = type.DefineField("Info$", typeof(CallInfo), FieldAttributes.Public | FieldAttributes.Static);

        type.DefineDefaultConstructor(MethodAttributes.Public);
        DefineInvoke(type, method, fields);
        DefineInfo(type, info);
        DefineRecycle(type);
        DefineClear(type, fields);
        if (Array.FindIndex(parameters, parameter => parameter.ParameterType == typeof(CancellationToken)) is >= 0 and var token)
            DefineToken(type, fields[token]);

        var created = type.CreateType();
        var arguments = Array.ConvertAll(fields, field => created.GetField(field.Name)!);
        var common = GrainInterfaces.InfoOf(method);
        common.Arguments = arguments;
        created.GetField("Info$")!.SetValue(null, common);
        return new Emitted(created, arguments);
    }

    private static Type BaseFor(Type returned)
    {
        if (returned == typeof(void)) return typeof(VoidCall);
        if (returned == typeof(Task)) return typeof(TaskCall);
        if (returned == typeof(ValueTask)) return typeof(ValueTaskCall);
        var definition = returned.GetGenericTypeDefinition();
        var form = definition == typeof(Task<>) ? typeof(TaskCall<>)
            : definition == typeof(ValueTask<>) ? typeof(ValueTaskCall<>) : typeof(EnumerableCall<>);
        return form.MakeGenericType(returned.GenericTypeArguments);
    }

    private static void DefineInvoke(TypeBuilder type, MethodInfo method, FieldBuilder[] fields)
    {
        var il = DefineOverride(type, "InvokeTask");
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var field in fields)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
        }
        il.Emit(OpCodes.Callvirt, method);
        il.Emit(OpCodes.Ret);
    }

    private static void DefineInfo(TypeBuilder type, FieldBuilder info)
    {
        var il = DefineOverride(type, "get_Info");
        il.Emit(OpCodes.Ldsfld, info);
        il.Emit(OpCodes.Ret);
    }

    private static void DefineRecycle(TypeBuilder type)
    {
        var il = DefineOverride(type, "Recycle");
        il.Emit(OpCodes.Ldarg_0);
        // The pool's type has the type being built as its argument, so its method is found through the open definition.
        il.Emit(OpCodes.Call, TypeBuilder.GetMethod(typeof(CallPool<>).MakeGenericType(type), typeof(CallPool<>).GetMethod("Return")!));
        il.Emit(OpCodes.Ret);
    }

    private static void DefineClear(TypeBuilder type, FieldBuilder[] fields)
    {
        var held = Array.FindAll(fields, field => !field.FieldType.IsPrimitive && !field.FieldType.IsEnum);
        if (held.Length == 0) return;
        var il = DefineOverride(type, "ClearArguments");
        foreach (var field in held)
        {
            il.Emit(OpCodes.Ldarg_0);
            if (field.FieldType.IsValueType)
            {
                il.Emit(OpCodes.Ldflda, field);
                il.Emit(OpCodes.Initobj, field.FieldType);
            }
            else
            {
                il.Emit(OpCodes.Ldnull);
                il.Emit(OpCodes.Stfld, field);
            }
        }
        il.Emit(OpCodes.Ret);
    }

    private static void DefineToken(TypeBuilder type, FieldBuilder token)
    {
        var takes = DefineOverride(type, "get_TakesToken");
        takes.Emit(OpCodes.Ldc_I4_1);
        takes.Emit(OpCodes.Ret);
        var get = DefineOverride(type, "get_Token");
        get.Emit(OpCodes.Ldarg_0);
        get.Emit(OpCodes.Ldfld, token);
        get.Emit(OpCodes.Ret);
        var set = DefineOverride(type, "set_Token");
        set.Emit(OpCodes.Ldarg_0);
        set.Emit(OpCodes.Ldarg_1);
        set.Emit(OpCodes.Stfld, token);
        set.Emit(OpCodes.Ret);
    }

    private static ILGenerator DefineOverride(TypeBuilder type, string name)
    {
        var overridden = type.BaseType!.GetMethod(name, Any)!;
        var access = overridden.Attributes & MethodAttributes.MemberAccessMask;
        return type.DefineMethod(name, access | MethodAttributes.Virtual | MethodAttributes.HideBySig, overridden.ReturnType,
            [.. overridden.GetParameters().Select(parameter => parameter.ParameterType)]).GetILGenerator();
    }

    internal readonly record struct Emitted(Type Type, FieldInfo[] Arguments);
}
